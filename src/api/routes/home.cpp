// GET /: what this is, for whoever opens its address in a browser.
#include "api/routes/routes.h"

namespace volant::api {
namespace {

constexpr std::string_view kPageBegin = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Volant</title>
<style>body { font: 1rem/1.6 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>)";
constexpr std::string_view kPageEnd = R"(</h1>
<p>This is Volant, a server that turns what users do into a model that serves them better. It has no
pages of its own yet; programs ask it.</p>
<ul>
<li><a href="/openapi.json">/openapi.json</a>: every route, its requests and its answers</li>
<li><a href="/v1/status">/v1/status</a>: how the wheel turns</li>
<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>: whether it is up</li>
<li><a href="/metrics">/metrics</a>: figures for Prometheus</li>
</ul>
<p>The documentation lies in the folder docs of its source: docs/quick-start.md comes first.</p>
</html>
)";

// Nothing is fetched from elsewhere, and nothing runs.
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string as_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else {
            out += c;
        }
    }
    return out;
}

void get_home(Services services, Call, Responder responder) {
    Response page;
    page.body = std::string(kPageBegin) + as_html(services.workspace.spec().name);
    page.body += kPageEnd;
    page.content_type = "text/html; charset=utf-8";
    page.headers = kPageHeaders;
    responder.send(std::move(page));
}

}  // namespace

std::vector<Route> home_routes(Services services) {
    return {{.method = Method::kGet,
             .pattern = "/",
             .name = "home",
             .scope = protect::Scope::kRead,
             .text = "A page that says what this is.",
             .answers = Many::kNone,
             .content_type = "text/html",
             .handle = with(services, get_home)}};
}

}  // namespace volant::api

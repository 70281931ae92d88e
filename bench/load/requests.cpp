#include "requests.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace volant::bench {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kIdsMax = 64;  // as old as that many answers

}  // namespace

Requests::Requests(const std::string& file, std::size_t batch, std::uint64_t first_number,
                   const std::string& host)
    : host_(host), first_number_(first_number) {
    std::ifstream in(file);
    const std::string_view type = batch > 1 ? "application/x-ndjson" : kJson;
    std::string line, path, body;
    for (std::size_t lines = 0; std::getline(in, line);) {
        const std::size_t space = line.find(' ');
        if (line.empty() || line.front() != '/' || space == std::string::npos) {
            std::fprintf(stderr, "%s: found \"%.40s\", expected PATH BODY\n", file.c_str(),
                         line.c_str());
            std::exit(2);
        }
        path.assign(line, 0, space);
        body.append(body.empty() ? "" : "\n").append(line, space + 1);
        if (++lines % batch != 0) continue;
        Prepared& request = pool_.emplace_back();
        if (body.find(kIdMark) != std::string::npos) {
            wants_ids_ = true;
            request.path = path;
            request.body = body;
        }
        write(request, path, body, type, host);
        body.clear();
    }
    if (pool_.empty()) {
        std::fprintf(stderr, "%s: no request in it\n", file.c_str());
        std::exit(2);
    }
}

void Requests::write(Prepared& request, std::string_view path, std::string_view body,
                     std::string_view type, const std::string& host) {
    request.text.assign("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    request.text.append("\r\nContent-Type: ").append(type);
    request.text.append("\r\nContent-Length: ").append(std::to_string(body.size()));
    request.text.append("\r\n\r\n").append(body);
    request.marks.clear();
    for (std::size_t at = request.text.find(kNumberMark); at != std::string::npos;
         at = request.text.find(kNumberMark, at + kNumberMark.size())) {
        request.marks.push_back(static_cast<std::uint32_t>(at));
    }
}

std::string_view Requests::next() {
    for (;;) {
        Prepared& request = pool_[place_];
        place_ = place_ + 1 == pool_.size() ? 0 : place_ + 1;
        if (!request.body.empty() && !put_id(request)) continue;
        put_numbers(request);
        return request.text;
    }
}

bool Requests::put_id(Prepared& request) {
    if (ids_.empty()) return false;
    std::string body = request.body;
    body.replace(body.find(kIdMark), kIdMark.size(), ids_.front());
    ids_.pop_front();
    write(request, request.path, body, kJson, host_);
    return true;
}

void Requests::put_numbers(Prepared& request) {
    for (const std::uint32_t mark : request.marks) {
        std::uint64_t number = first_number_ + numbers_given_++;
        for (std::size_t i = kNumberMark.size(); i > 0; --i, number /= 10) {
            request.text[mark + i - 1] = static_cast<char>('0' + number % 10);
        }
    }
}

void Requests::take_id(std::string_view answer) {
    if (!wants_ids_ || ids_.size() >= kIdsMax) return;
    constexpr std::string_view kName = "\"prediction_id\":\"";
    const std::size_t name = answer.find(kName);
    if (name == std::string_view::npos || answer.find("\"state\"") != std::string_view::npos)
        return;
    const std::size_t begin = name + kName.size();
    ids_.emplace_back(answer.substr(begin, answer.find('"', begin) - begin));
}

}  // namespace volant::bench

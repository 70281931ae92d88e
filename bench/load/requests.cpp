#include "requests.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace volant::bench {

Requests::Requests(const std::string& file, std::size_t batch, std::uint64_t first_number,
                   const std::string& host)
    : first_number_(first_number) {
    std::ifstream in(file);
    const std::string_view type = batch > 1 ? "application/x-ndjson" : "application/json";
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
        pool_.push_back(prepare(path, body, type, host));
        body.clear();
    }
    if (pool_.empty()) {
        std::fprintf(stderr, "%s: no request in it\n", file.c_str());
        std::exit(2);
    }
}

Requests::Prepared Requests::prepare(std::string_view path, std::string_view body,
                                     std::string_view type, const std::string& host) {
    Prepared request;
    request.text.append("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    request.text.append("\r\nContent-Type: ").append(type);
    request.text.append("\r\nContent-Length: ").append(std::to_string(body.size()));
    request.text.append("\r\n\r\n").append(body);
    for (std::size_t at = request.text.find(kNumberMark); at != std::string::npos;
         at = request.text.find(kNumberMark, at + kNumberMark.size())) {
        request.marks.push_back(static_cast<std::uint32_t>(at));
    }
    return request;
}

std::string_view Requests::next() {
    Prepared& request = pool_[place_];
    place_ = place_ + 1 == pool_.size() ? 0 : place_ + 1;
    for (const std::uint32_t mark : request.marks) {
        std::uint64_t number = first_number_ + numbers_given_++;
        for (std::size_t i = kNumberMark.size(); i > 0; --i, number /= 10) {
            request.text[mark + i - 1] = static_cast<char>('0' + number % 10);
        }
    }
    return request.text;
}

}  // namespace volant::bench

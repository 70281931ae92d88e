// Load over HTTP/1.1: one thread, N keep-alive connections, one request in flight on each. What
// redis-benchmark and pgbench are for their servers: requests are made beforehand, an answer is
// read as far as its status and its end.
//
// Closed loop: each connection sends again as soon as it has its answer. Open loop (--rate):
// requests fall due at random moments, as those of independent users do, and latency counts from
// the moment that a request was due, so that a server that stalls cannot slow its clients down and
// hide it.
//
// Prints one line of JSON. README.md has the fields.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "requests.h"

namespace volant::bench {
namespace {

using Nanos = std::int64_t;
constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kDrainMax = 10 * kSecond;  // for the answers that are still due at the end
constexpr std::size_t kAnswerMax = 256u << 10;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

Nanos now() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
}

// Of this process.
double cpu_us() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

// Counts by microsecond; what took longer than a second counts as a second.
class Latencies {
  public:
    void add(Nanos latency) {
        const auto us = static_cast<std::size_t>(latency / 1000);
        ++counts_[us < counts_.size() ? us : counts_.size() - 1];
        ++all_;
    }
    std::uint64_t all() const { return all_; }
    std::size_t percentile(double p) const {
        const auto rank = static_cast<std::uint64_t>(p / 100 * static_cast<double>(all_));
        std::uint64_t seen = 0;
        for (std::size_t us = 0; us < counts_.size(); ++us) {
            if ((seen += counts_[us]) > rank) return us;
        }
        return counts_.size();
    }

  private:
    std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(1'000'001);
    std::uint64_t all_ = 0;
};

struct Answer {
    std::size_t bytes = 0;  // of the whole answer; 0 = more must come
    bool is_success = false;
};

Answer read_answer(std::string_view text) {
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string_view::npos) return {};
    std::size_t body = 0;
    for (std::size_t at = text.find("\r\n"); at < head; at = text.find("\r\n", at + 2)) {
        constexpr std::string_view kName = "content-length:";
        if (::strncasecmp(text.data() + at + 2, kName.data(), kName.size()) == 0)
            body = std::strtoul(text.data() + at + 2 + kName.size(), nullptr, 10);
    }
    const std::size_t bytes = head + 4 + body;
    return {text.size() >= bytes ? bytes : 0, text.size() > 9 && text[9] == '2'};
}

struct Connection {
    int socket = -1;
    Nanos since = 0;  // when its request was sent, or due
    bool is_waiting = false;
    std::string part;  // of an answer that came in pieces
};

struct Options {
    std::string port, file;
    std::size_t connections = 64, batch = 1;
    std::uint64_t first_number = 1;
    double seconds = 10, rate = 0;
};

class Load {
  public:
    explicit Load(const Options& options)
        : options_(options),
          requests_(options.file, options.batch, options.first_number, "127.0.0.1:" + options.port),
          connections_(options.connections),
          gap_(options.rate > 0 ? options.rate / kSecond : 1) {
        poll_ = ::epoll_create1(EPOLL_CLOEXEC);
        for (Connection& connection : connections_) open(connection);
    }

    void run() {
        cpu_before_ = cpu_us();
        const Nanos start = now();
        end_ = start + static_cast<Nanos>(options_.seconds * kSecond);
        if (options_.rate > 0) {
            due_ = start;
            for (Connection& connection : connections_) idle_.push_back(&connection);
        } else {
            for (Connection& connection : connections_) send(connection, now());
        }
        while (open_ > 0) {
            const Nanos time = now();
            if (time >= end_ + kDrainMax || (time >= end_ && in_flight_ == 0)) break;
            if (options_.rate > 0 && time < end_) send_what_is_due(time);
            poll(time);
        }
        print(in_flight_);
    }

  private:
    void open(Connection& connection) {
        connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(options_.port)));
        to.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        if (::connect(connection.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
            give_up("connect");
        const int on = 1;
        ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) give_up("epoll_ctl");
        ++open_;
    }

    void send(Connection& connection, Nanos since) {
        const std::string_view request = requests_.next();
        connection.since = since;
        connection.is_waiting = true;
        ++in_flight_;
        const ssize_t sent =
            ::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request.size())) lose(connection);
    }

    void send_what_is_due(Nanos time) {
        while (due_ <= time && !idle_.empty()) {
            Connection& connection = *idle_.back();
            idle_.pop_back();
            send(connection, due_);
            due_ += static_cast<Nanos>(gap_(random_));
        }
    }

    void poll(Nanos time) {
        epoll_event events[256];
        Nanos wait = std::max<Nanos>(end_ - time, kSecond / 100);
        if (options_.rate > 0 && time < end_ && !idle_.empty())
            wait = std::max<Nanos>(due_ - time, 0);
        const timespec timeout{wait / kSecond, wait % kSecond};
        const int ready = ::epoll_pwait2(poll_, events, std::size(events), &timeout, nullptr);
        if (ready < 0 && errno != EINTR) give_up("epoll_pwait2");
        for (int i = 0; i < ready; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
    }

    void receive(Connection& connection) {
        const ssize_t got = ::recv(connection.socket, buffer_, sizeof buffer_, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0 || !connection.is_waiting) return lose(connection);
        std::string_view text(buffer_, static_cast<std::size_t>(got));
        if (!connection.part.empty()) text = connection.part.append(text);
        const Answer answer = read_answer(text);
        if (answer.bytes == 0) {
            if (connection.part.empty()) connection.part = text;
            if (connection.part.size() > kAnswerMax) lose(connection);
            return;
        }
        if (answer.is_success) requests_.take_id(text);
        connection.part.clear();
        finish(connection, answer);
    }

    void finish(Connection& connection, const Answer& answer) {
        const Nanos time = now();
        connection.is_waiting = false;
        --in_flight_;
        ++answered_;
        if (!answer.is_success) ++refused_;
        if (time <= end_) latencies_.add(time - connection.since);
        if (options_.rate > 0) {
            idle_.push_back(&connection);
        } else if (time < end_) {
            send(connection, time);
        }
    }

    void lose(Connection& connection) {
        if (connection.is_waiting) --in_flight_;
        connection.is_waiting = false;
        ++broken_;
        --open_;
        ::close(connection.socket);
    }

    void print(std::size_t unanswered) const {
        std::printf(
            "{\"requests\":%llu,\"rate\":%.1f,\"refused\":%llu,\"broken\":%llu,\"numbers\":%llu,"
            "\"p50_us\":%zu,\"p99_us\":%zu,\"p999_us\":%zu,\"client_us\":%.2f}\n",
            static_cast<unsigned long long>(answered_),
            static_cast<double>(latencies_.all()) / options_.seconds,
            static_cast<unsigned long long>(refused_),
            static_cast<unsigned long long>(broken_ + unanswered),
            static_cast<unsigned long long>(requests_.numbers_given()), latencies_.percentile(50),
            latencies_.percentile(99), latencies_.percentile(99.9),
            (cpu_us() - cpu_before_) / static_cast<double>(answered_ > 0 ? answered_ : 1));
    }

    const Options options_;
    Requests requests_;
    std::vector<Connection> connections_;
    std::vector<Connection*> idle_;  // open loop: those without a request in flight
    std::mt19937_64 random_{1};
    std::exponential_distribution<double> gap_;
    Latencies latencies_;  // of answers that came in time
    int poll_ = -1;
    Nanos end_ = 0, due_ = 0;
    std::size_t open_ = 0, in_flight_ = 0;
    double cpu_before_ = 0;
    std::uint64_t answered_ = 0, refused_ = 0, broken_ = 0;
    char buffer_[64u << 10];
};

Options read_options(int argc, char** argv) {
    std::map<std::string, std::string> given;
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    Options options;
    for (const auto& [name, value] : given) {
        if (name == "--port")
            options.port = value;
        else if (name == "--requests")
            options.file = value;
        else if (name == "--connections")
            options.connections = std::stoul(value);
        else if (name == "--batch")
            options.batch = std::stoul(value);
        else if (name == "--first-number")
            options.first_number = std::stoull(value);
        else if (name == "--seconds")
            options.seconds = std::stod(value);
        else if (name == "--rate")
            options.rate = std::stod(value);
        else
            options.port.clear();
    }
    if (options.port.empty() || options.file.empty() || argc % 2 == 0) {
        std::fprintf(
            stderr,
            "usage: bench_load --port N --requests FILE [--connections N] [--seconds S]\n"
            "                  [--batch N] [--rate REQUESTS_A_SECOND] [--first-number N]\n");
        std::exit(2);
    }
    return options;
}

}  // namespace
}  // namespace volant::bench

int main(int argc, char** argv) {
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // nanosecond: what is due must not be late
    const auto options = volant::bench::read_options(argc, argv);
    std::make_unique<volant::bench::Load>(options)->run();
}

// An HTTP/1.1 server that answers each POST with its own body, once that body is on the disk: one
// network thread, one commit thread that syncs in groups while the next group gathers, one segment
// that was filled with zeros and is written round and round. It reads no JSON, keeps no state and
// checks nothing: what is left of a durable answer when everything but the way is taken away.
//
// usage: bench_echo PORT FILE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace volant::bench {
namespace {

constexpr std::size_t kSegmentBytes = 64u << 20;
constexpr std::size_t kRequestMax = 1u << 20;

std::atomic<bool> ending{false};

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

struct Client {
    int socket = -1;
    std::string in;   // a request that is not whole yet
    std::string out;  // the answer, once it may go
};

// What waits for the disk, and what has come back from it.
class Committer {
  public:
    Committer(const char* file, int wake) : wake_(wake) {
        file_ = ::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        if (file_ < 0) give_up(file);
        const std::string zeros(1u << 20, '\0');
        for (std::size_t at = 0; at < kSegmentBytes; at += zeros.size()) write(zeros, at);
        if (::fdatasync(file_) != 0) give_up("fdatasync");
        thread_ = std::thread([this] { run(); });
    }
    ~Committer() {
        {
            const std::lock_guard hold(lock_);
            stopping_ = true;
        }
        filled_.notify_one();
        thread_.join();
        std::printf("{\"bytes\":%zu,\"syncs\":%zu}\n", bytes_, syncs_);
    }

    // Bytes and clients of one turn of the network thread.
    void hand_over(std::string& bytes, std::vector<Client*>& clients) {
        {
            const std::lock_guard hold(lock_);
            waiting_bytes_.append(bytes);
            waiting_.insert(waiting_.end(), clients.begin(), clients.end());
        }
        filled_.notify_one();
        bytes.clear();
        clients.clear();
    }
    void take_durable(std::vector<Client*>& out) {
        out.clear();
        const std::lock_guard hold(lock_);
        out.swap(durable_);
    }

  private:
    void run() {
        std::string bytes;
        std::vector<Client*> clients;
        std::size_t at = 0;
        for (;;) {
            {
                std::unique_lock hold(lock_);
                filled_.wait(hold, [this] { return !waiting_.empty() || stopping_; });
                if (waiting_.empty()) return;
                bytes.clear();
                bytes.swap(waiting_bytes_);
                clients.clear();
                clients.swap(waiting_);
            }
            if (at + bytes.size() > kSegmentBytes) at = 0;
            write(bytes, at);
            if (::fdatasync(file_) != 0) give_up("fdatasync");
            at += bytes.size();
            bytes_ += bytes.size();
            ++syncs_;
            bool first = false;
            {
                const std::lock_guard hold(lock_);
                first = durable_.empty();
                durable_.insert(durable_.end(), clients.begin(), clients.end());
            }
            const std::uint64_t one = 1;
            if (first && ::write(wake_, &one, sizeof one) < 0) give_up("eventfd");
        }
    }
    void write(const std::string& bytes, std::size_t at) {
        if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at)) !=
            static_cast<ssize_t>(bytes.size()))
            give_up("pwrite");
    }

    const int wake_;
    int file_ = -1;
    std::mutex lock_;
    std::condition_variable filled_;
    std::string waiting_bytes_;  // guarded by lock_, as are the next three
    std::vector<Client*> waiting_;
    std::vector<Client*> durable_;
    bool stopping_ = false;
    std::size_t bytes_ = 0, syncs_ = 0;  // the thread's
    std::thread thread_;
};

// The body of the request that `text` is, if it is whole.
std::string_view body_of(std::string_view text, bool& whole) {
    whole = false;
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string_view::npos) return {};
    std::size_t length = 0;
    for (std::size_t at = text.find("\r\n"); at < head; at = text.find("\r\n", at + 2)) {
        constexpr std::string_view kName = "content-length:";
        if (::strncasecmp(text.data() + at + 2, kName.data(), kName.size()) == 0)
            length = std::strtoul(text.data() + at + 2 + kName.size(), nullptr, 10);
    }
    if (length > kRequestMax || text.size() < head + 4 + length) return {};
    whole = true;
    return text.substr(head + 4, length);
}

class Echo {
  public:
    Echo(int port, const char* file)
        : poll_(::epoll_create1(EPOLL_CLOEXEC)),
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          committer_(file, wake_) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int on = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = ::htons(static_cast<std::uint16_t>(port));
        at.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
            ::listen(listener_, SOMAXCONN) != 0)
            give_up("listen");
        watch(listener_, &listener_);
        watch(wake_, &wake_);
    }

    void run() {
        epoll_event events[256];
        while (!ending) {
            const int ready = ::epoll_wait(poll_, events, std::size(events), -1);
            for (int i = 0; i < ready; ++i) {
                void* const what = events[i].data.ptr;
                if (what == &listener_)
                    accept();
                else if (what == &wake_)
                    answer();
                else
                    receive(*static_cast<Client*>(what));
            }
            if (!clients_.empty()) committer_.hand_over(bytes_, clients_);
        }
    }

  private:
    void watch(int descriptor, void* what) {
        epoll_event event{.events = EPOLLIN, .data = {.ptr = what}};
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) != 0) give_up("epoll_ctl");
    }
    void accept() {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        all_.push_back(std::make_unique<Client>());
        all_.back()->socket = socket;
        watch(socket, all_.back().get());
    }
    void receive(Client& client) {
        const ssize_t got = ::recv(client.socket, buffer_, sizeof buffer_, 0);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) ::close(std::exchange(client.socket, -1));
            return;
        }
        std::string_view text(buffer_, static_cast<std::size_t>(got));
        if (!client.in.empty()) text = client.in.append(text);
        bool whole = false;
        const std::string_view body = body_of(text, whole);
        if (!whole) {
            if (client.in.empty()) client.in = text;
            return;
        }
        client.out = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n";
        client.out.append(body);
        bytes_.append(body);
        clients_.push_back(&client);
        client.in.clear();
    }
    void answer() {
        std::uint64_t count = 0;
        (void)!::read(wake_, &count, sizeof count);
        committer_.take_durable(durable_);
        for (Client* client : durable_)
            (void)!::send(client->socket, client->out.data(), client->out.size(), MSG_NOSIGNAL);
    }

    int poll_, wake_;
    int listener_ = -1;
    std::vector<std::unique_ptr<Client>> all_;  // kept until the end: a benchmark opens few
    std::string bytes_;                         // of this turn, as are the clients
    std::vector<Client*> clients_, durable_;
    char buffer_[64u << 10];
    Committer committer_;
};

}  // namespace
}  // namespace volant::bench

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench_echo PORT FILE\n");
        return 2;
    }
    struct sigaction action {};
    action.sa_handler = [](int) { volant::bench::ending = true; };
    ::sigaction(SIGTERM, &action, nullptr);
    std::make_unique<volant::bench::Echo>(std::atoi(argv[1]), argv[2])->run();
}

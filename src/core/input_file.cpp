#include "core/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace volant {

struct InputFile::State {
    static constexpr std::size_t kBuffer = 64u << 10;

    ~State() {
        if (descriptor > STDIN_FILENO) ::close(descriptor);
    }

    // Fills the empty buffer; leaves it empty at the end of the file.
    Status fill() {
        begin = 0;
        end = 0;
        for (;;) {
            const ssize_t got = ::read(descriptor, buffer.get(), kBuffer);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
            end = static_cast<std::size_t>(got);
            at_end = got == 0;
            bytes_read += end;
            return {};
        }
    }

    std::string path;
    int descriptor = -1;
    std::uint64_t bytes_total = 0;
    std::uint64_t bytes_read = 0;
    std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
    std::size_t begin = 0, end = 0;  // what is left of the buffer
    bool at_end = false;
    Encoding encoding = Encoding::kIdentity;
    std::unique_ptr<Inflater> inflater;
    bool between = true;  // the compressed text may end here
};

InputFile::InputFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

Result<InputFile> InputFile::open(const std::string& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (state->descriptor < 0 || ::fstat(state->descriptor, &about) != 0) {
        return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) return fail(Code::kUnavailable, path + ": is a directory");
    if (S_ISREG(about.st_mode)) state->bytes_total = static_cast<std::uint64_t>(about.st_size);
    VOLANT_OK(state->fill());
    state->encoding = encoding_of({state->buffer.get(), state->end});
    if (state->encoding != Encoding::kIdentity) state->inflater = make_inflater(state->encoding);
    return InputFile(std::move(state));
}

Result<std::size_t> InputFile::read(char* out, std::size_t room) {
    State& s = *state_;
    for (;;) {
        if (s.begin == s.end && !s.at_end) VOLANT_OK(s.fill());
        const std::string_view in(s.buffer.get() + s.begin, s.end - s.begin);
        if (!s.inflater) {
            const std::size_t size = std::min(room, in.size());
            std::memcpy(out, in.data(), size);
            s.begin += size;
            return size;
        }
        if (in.empty() && s.between) return std::size_t{0};
        auto step = s.inflater->step(in, out, room);
        if (!step.ok()) return std::move(step).error().within(s.path);
        s.begin += step->consumed;
        s.between = step->between;
        if (step->produced > 0) return step->produced;
        if (step->consumed == 0 && in.empty() && !s.between) {
            return fail(Code::kCorrupt, s.path + ": the " + std::string(encoding_name(s.encoding)) +
                                            " file is cut short");
        }
    }
}

Encoding InputFile::encoding() const {
    return state_->encoding;
}
std::uint64_t InputFile::bytes_read() const {
    return state_->bytes_read;
}
std::uint64_t InputFile::bytes_total() const {
    return state_->bytes_total;
}

}  // namespace volant

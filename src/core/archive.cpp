#include "core/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/compress.h"
#include "core/files.h"
#include "core/input_file.h"

namespace volant {
namespace {

constexpr std::size_t kBlock = 512;
// One zstd frame each: frames in a row are one text to every reader.
constexpr std::size_t kChunk = 1u << 20;
constexpr std::uint64_t kFileMax = std::uint64_t{1} << 33;  // 11 octal digits

// POSIX.1-1988. Numbers are octal digits and a NUL.
struct Header {
    char name[100];
    char mode[8];
    char owner[8];
    char group[8];
    char size[12];
    char time[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[8];
    char owner_name[32];
    char group_name[32];
    char device_major[8];
    char device_minor[8];
    char prefix[155];
    char unused[12];
};
static_assert(sizeof(Header) == kBlock);

constexpr std::string_view kMagic{"ustar\00000", 8};

Error failed(const std::string& doing, const std::string& path) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    const Code code = full              ? Code::kStorageFull
                      : errno == ENOENT ? Code::kNotFound
                                        : Code::kUnavailable;
    return fail(code, "cannot " + doing + " " + path + ": " + std::strerror(errno));
}

// `number` fits: it is a mode, a checksum or below kFileMax.
template <std::size_t size>
void put_octal(char (&field)[size], std::uint64_t number) {
    field[size - 1] = '\0';
    for (std::size_t i = size - 1; i-- > 0; number /= 8)
        field[i] = static_cast<char>('0' + number % 8);
}

template <std::size_t size>
std::uint64_t octal(const char (&field)[size]) {
    std::uint64_t number = 0;
    for (const char c : field) {
        if (c >= '0' && c <= '7') number = number * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

template <std::size_t size>
std::string_view text(const char (&field)[size]) {
    return {field, ::strnlen(field, size)};
}

// Of a header whose checksum reads as blanks.
unsigned checksum_of(Header header) {
    std::memset(header.checksum, ' ', sizeof header.checksum);
    std::array<unsigned char, kBlock> bytes;
    std::memcpy(bytes.data(), &header, kBlock);
    unsigned sum = 0;
    for (const unsigned char byte : bytes) sum += byte;
    return sum;
}

std::size_t padding(std::uint64_t size) {
    return static_cast<std::size_t>((kBlock - size % kBlock) % kBlock);
}

Result<Header> make_header(const std::string& name, std::uint64_t size, unsigned mode) {
    Header header{};
    std::string_view prefix, rest = name;
    if (name.size() > sizeof header.name) {
        const std::size_t slash = name.find('/', name.size() - sizeof header.name - 1);
        if (slash == std::string::npos || slash > sizeof header.prefix)
            return fail(Code::kUnavailable, "the name " + name + " is too long for an archive");
        prefix = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
    }
    if (size >= kFileMax)
        return fail(Code::kUnavailable, name + " has 8 GiB or more, which no archive holds");
    std::ranges::copy(rest, header.name);
    std::ranges::copy(prefix, header.prefix);
    put_octal(header.mode, mode & 0777u);
    put_octal(header.owner, 0);
    put_octal(header.group, 0);
    put_octal(header.size, size);
    put_octal(header.time, 0);
    header.type = '0';
    std::memcpy(header.magic, kMagic.data(), kMagic.size());
    put_octal(header.checksum, checksum_of(header));
    return header;
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int operator*() const { return number_; }

  private:
    int number_;
};

bool is_safe(std::string_view name) {
    if (name.empty() || name.front() == '/') return false;
    while (!name.empty()) {
        const std::size_t slash = std::min(name.find('/'), name.size());
        const std::string_view part = name.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        name.remove_prefix(std::min(slash + 1, name.size()));
    }
    return true;
}

// Reads an archive's blocks.
class ArchiveReader {
  public:
    ArchiveReader(std::string path, InputFile input)
        : path_(std::move(path)), input_(std::move(input)) {}

    // False at the archive's end.
    Result<bool> next(Header& header) {
        VOLANT_OK(read(reinterpret_cast<char*>(&header), kBlock));
        static constexpr Header kEnd{};
        if (std::memcmp(&header, &kEnd, kBlock) == 0) return false;
        if (std::memcmp(header.magic, kMagic.data(), 5) != 0 ||
            octal(header.checksum) != checksum_of(header))
            return corrupt("found no header of a file");
        return true;
    }
    Status copy(std::uint64_t size, int to, const std::string& name) {
        std::string piece;
        for (std::uint64_t left = size; left > 0; left -= piece.size()) {
            piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, kChunk)));
            VOLANT_OK(read(piece.data(), piece.size()));
            for (std::string_view rest = piece; !rest.empty();) {
                const ssize_t wrote = ::write(to, rest.data(), rest.size());
                if (wrote < 0 && errno == EINTR) continue;
                if (wrote < 0) return failed("write", name);
                rest.remove_prefix(static_cast<std::size_t>(wrote));
            }
        }
        std::array<char, kBlock> unused;
        return read(unused.data(), padding(size));
    }
    Error corrupt(const std::string& what) const {
        return fail(Code::kCorrupt, path_ + " is no whole archive: " + what);
    }

  private:
    Status read(char* out, std::size_t size) {
        while (size > 0) {
            VOLANT_TRY(const std::size_t got, input_.read(out, size));
            if (got == 0) return corrupt("it ends early");
            out += got;
            size -= got;
        }
        return {};
    }

    const std::string path_;
    InputFile input_;
};

}  // namespace

Result<ArchiveWriter> ArchiveWriter::create(const std::string& path, unsigned mode) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0) return failed("write", path);
    return ArchiveWriter(path, ::fdopen(descriptor, "wb"));
}

Status ArchiveWriter::put(std::string_view bytes) {
    chunk_.append(bytes);
    return chunk_.size() < kChunk ? Status{} : flush();
}

Status ArchiveWriter::flush() {
    if (chunk_.empty()) return {};
    const std::string frame = zstd(chunk_);
    chunk_.clear();
    if (std::fwrite(frame.data(), 1, frame.size(), file_.get()) != frame.size())
        return failed("write", path_);
    written_ += frame.size();
    return {};
}

Status ArchiveWriter::add_file(const std::string& name, const std::string& path,
                               std::uint64_t bytes) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (*file < 0 || ::fstat(*file, &about) != 0) return failed("read", path);
    const std::uint64_t size = std::min(bytes, static_cast<std::uint64_t>(about.st_size));
    VOLANT_TRY(const Header header, make_header(name, size, about.st_mode));
    VOLANT_OK(put({reinterpret_cast<const char*>(&header), kBlock}));
    std::string piece(kChunk, '\0');
    for (std::uint64_t left = size; left > 0;) {
        const ssize_t got = ::read(*file, piece.data(), std::min<std::uint64_t>(left, kChunk));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("read", path);
        if (got == 0) return fail(Code::kUnavailable, path + " became smaller while it was read");
        VOLANT_OK(put({piece.data(), static_cast<std::size_t>(got)}));
        left -= static_cast<std::uint64_t>(got);
    }
    return put(std::string(padding(size), '\0'));
}

Status ArchiveWriter::finish() {
    VOLANT_OK(put(std::string(2 * kBlock, '\0')));
    VOLANT_OK(flush());
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0)
        return failed("sync", path_);
    return {};
}

Status extract_archive(const std::string& path, const std::string& folder) {
    VOLANT_TRY(InputFile input, InputFile::open(path));
    ArchiveReader reader(path, std::move(input));
    Header header;
    while (true) {
        VOLANT_TRY(const bool more, reader.next(header));
        if (!more) return {};
        std::string name(text(header.prefix));
        if (!name.empty()) name += '/';
        name += text(header.name);
        if (header.type != '0' || !is_safe(name))
            return reader.corrupt("found \"" + name + "\", expected a file below the folder");
        const std::string target = folder + "/" + name;
        VOLANT_OK(make_folders(parent_folder(target)));
        const Descriptor file(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                     static_cast<mode_t>(octal(header.mode) & 0777u)));
        if (*file < 0) return failed("write", target);
        VOLANT_OK(reader.copy(octal(header.size), *file, target));
        if (::fsync(*file) != 0) return failed("sync", target);
        VOLANT_OK(sync_folder(parent_folder(target)));
    }
}

}  // namespace volant

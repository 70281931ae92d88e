// Runs a libFuzzer target without libFuzzer: on every file of a corpus folder, then on seeded
// mutations of them. Finds little compared with `make fuzz`, but it runs with every `make test` and
// needs no clang.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutations = 5'000;
constexpr std::size_t kInputMax = 4096;

// Pieces that parsers treat specially.
constexpr const char* kPieces[] = {
    "{",   "}",  "[",  "]",    ",",  ":",     "\"",   "\\",       "\n",      "\r\n",
    "  ",  "- ", "#",  "null", "-1", "1e999", "\xff", "\xe2\x82", "\\ud800", "9223372036854775808",
    "NaN", "!!", "&a", "*a",   "|",  ">",     "'",    "\t",       "\0",
};

std::vector<std::string> read_corpus(const char* folder) {
    std::vector<std::string> inputs{""};
    if (!std::filesystem::is_directory(folder)) return inputs;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return inputs;
}

std::string mutated(std::string input, const std::vector<std::string>& corpus,
                    volant::Random& random) {
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
        const std::size_t at = random.below(input.size() + 1);
        const std::size_t length = std::min<std::size_t>(random.below(16), input.size() - at);
        switch (random.below(5)) {
            case 0:
                input.erase(at, length);
                break;
            case 1:
                input.insert(at, kPieces[random.below(std::size(kPieces))]);
                break;
            case 2:
                input.insert(at, input.substr(at, length));
                break;
            case 3:
                if (at < input.size()) input[at] = static_cast<char>(random.below(256));
                break;
            case 4: {
                const std::string& other = corpus[random.below(corpus.size())];
                input = input.substr(0, at) + other.substr(random.below(other.size() + 1));
                break;
            }
        }
    }
    input.resize(std::min(input.size(), kInputMax));
    return input;
}

void run(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> corpus = read_corpus(argc > 1 ? argv[1] : "");
    for (const std::string& input : corpus) run(input);
    volant::Random random(1);
    for (int i = 0; i < kMutations; ++i)
        run(mutated(corpus[random.below(corpus.size())], corpus, random));
    std::printf("%zu inputs and %d mutations\n", corpus.size(), kMutations);
    return 0;
}

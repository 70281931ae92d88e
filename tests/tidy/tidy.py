#!/usr/bin/env python3
"""Checks what a compiler does not: that the house keeps its shape. Each message says what to do.

    tests/tidy/tidy.py [ROOT]

A check is a function of one file (path, text) or of the whole tree that yields messages; the lists at
the end name them all. To add one, write it, add it there and break it once in tidy_test.py.
"""

import re
import sys
from pathlib import Path

SKIPPED_FOLDERS = {"build", ".git", "node_modules", "__pycache__", "demo", "out", ".cache"}
TEXT_SUFFIXES = {".h", ".cpp", ".py", ".md", ".txt", ".cmake", ".yaml", ".json", ".js", ".ts", ".html", ".css", ""}

LINES_LOOK = 400  # named, so that somebody looks for the joint
LINES_MAX = 700   # refused, unless a reason stands here
LONG_FILES = {}   # path: why it is one story

# Header (as a regular expression), where it may stand, and what to use elsewhere.
CAGES = [
    (r"simdjson\.h", r"src/core/json_document\.cpp", "read JSON through core/json_reader.h"),
    (r"yaml-cpp/", r"src/core/yaml\.cpp", "read YAML through core/yaml.h"),
    (r"boost/", r"src/api/net/", "speak HTTP through api/ (server) or api/http_client.h (client)"),
    (r"openssl/", r"src/api/net/", "TLS belongs to api/net/"),
    (r"spdlog/", r"src/core/logging\.cpp", "log through core/logging.h"),
    (r"sodium\.h", r"src/core/secret\.cpp", "use core/secret.h"),
    (r"(zlib|zstd)\.h", r"src/core/compress\.cpp", "use core/compress.h"),
    (r"CLI/", r"src/cli/(options|command_line)\.cpp", "declare options through cli/options.h"),
    (r"xxhash\.h", r"src/core/hash\.cpp", "hash through core/hash.h"),
    (r"(immintrin|x86intrin|emmintrin|arm_neon|cpuid)\.h", r"src/model/kernels/",
     "put the loop behind a kernel of model/kernels/, with its portable twin"),
    (r"(torch|ATen|c10)/", r"src/train/net/", "only the trainer sees LibTorch, in train/net/"),
    (r"xgboost/", r"src/train/trees/", "only the trainer sees XGBoost, in train/trees/"),
]

# A pattern in C++ code, where it may stand, and what to use instead.
BANNED = [
    (r"\bstd::hash<", None, "its result changes between builds: use core/hash.h"),
    (r"\bsystem_clock::now|\bgettimeofday\(|\bstd::time\(|[^_\w.>:]time\(nullptr\)", r"src/core/clock\.cpp",
     "take a Clock"),
    (r"\bstd::(random_device|mt19937|minstd_rand)|[^_\w.>:]s?rand\(", None, "take a Random (core/random.h)"),
    (r"^\s*using namespace ", r".*_test\.cpp", "name what you use"),
    (r"\bthrow\b(?! *\()", r"src/core/yaml\.cpp|.*_test\.cpp",  # the only way out of yaml-cpp's event handler
     "return a Result"),
    (r"-ffast-math|#pragma GCC optimize|__attribute__\(\(optimize", None, "results must not depend on the compiler's mood"),
]


def is_cpp(path):
    return path.endswith((".h", ".cpp"))


def strip_strings_and_comments(line):
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.sub(r"//.*", "", line)


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', line)
        if match:
            yield number, match.group(1)


def room_of(path):
    match = re.match(r"src/([a-z_]+)/", path)
    return match.group(1) if match else None


def check_include_direction(path, text, rooms):
    """A room includes only from rooms declared before it in CMakeLists.txt."""
    room = room_of(path)
    if room is None or not is_cpp(path):
        return
    if room not in rooms:
        yield f"{path}: room '{room}' is not declared: add it to the list in CMakeLists.txt, in include order"
        return
    for number, header in includes(text):
        other, _, rest = header.partition("/")
        if other not in rooms or other == room:
            continue
        if rooms.index(other) > rooms.index(room):
            yield (f"{path}:{number}: {room}/ includes {header}, but {other}/ stands to its right: move what you need "
                   f"left, hand it in as an interface, or let it travel through the log")
        elif "/" in rest and not re.fullmatch(r"(\w+)/\1\.h", rest):  # a folder's face is named like it
            yield (f"{path}:{number}: {header} is private to {other}/: include a header that stands directly in "
                   f"src/{other}/, or add what is missing there")


def check_cages(path, text):
    if not is_cpp(path):
        return
    for number, header in includes(text):
        for pattern, allowed, advice in CAGES:
            if re.match(pattern, header) and not re.match(allowed, path):
                yield f"{path}:{number}: <{header}> stays in {allowed}: {advice}"


def check_banned(path, text):
    if not path.startswith("src/") or not is_cpp(path):
        return
    for number, line in enumerate(text.splitlines(), 1):
        code = strip_strings_and_comments(line)
        for pattern, allowed, advice in BANNED:
            if re.search(pattern, code) and not (allowed and re.match(allowed, path)):
                yield f"{path}:{number}: `{code.strip()}`: {advice}"


def check_length(path, text):
    lines = text.count("\n")
    if is_cpp(path) and lines > LINES_MAX and path not in LONG_FILES:
        yield (f"{path}: {lines} lines, more than {LINES_MAX}: split it where the story has a joint, or say in "
               f"LONG_FILES of tests/tidy/tidy.py why it is one story")


def check_header_guard(path, text):
    if path.endswith(".h") and "#pragma once" not in text:
        yield f"{path}: add #pragma once"


def check_unfinished(path, text):
    if path.startswith("tests/tidy/"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"{path}:{number}: finish it now, or open an issue and say in words what does not work yet"


CODE_IN_COMMENT = re.compile(
    r"^\s*//\s{0,3}(?:(?:if|for|while|switch)\s*\(.*[{;]|return\b.*;|[\w:<>.\->\[\]]+\s*(?:\(.*\)|=\s*.+);|[{}]|#include\b.*)\s*$")


def check_commented_code(path, text):
    """Two lines running that are code behind `//`: one may be an example in a sentence, and examples
    that are indented by four or more say how to call."""
    if not path.startswith(("src/", "bench/")) or not is_cpp(path):
        return
    run = 0
    for number, line in enumerate(text.splitlines(), 1):
        run = run + 1 if CODE_IN_COMMENT.match(line) else 0
        if run == 2:
            yield f"{path}:{number}: commented-out code: delete it, the history keeps it"


MACHINE_PATH = re.compile(r"(?<![\w.$~:/-])/(?:home|root|work|Users|mnt)/[\w.]+")


def check_machine_paths(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = MACHINE_PATH.search(line)
        if match:
            yield f"{path}:{number}: {match.group(0)} exists on one machine only: use a relative path or a variable"


def heading_anchors(text):
    """The anchors that GitHub gives to a Markdown page's headings."""
    anchors, fenced = set(), False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        match = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if match and not fenced:
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1))
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = sum(1 for a in anchors if a == slug or re.fullmatch(re.escape(slug) + r"-\d+", a))
            anchors.add(f"{slug}-{count}" if count else slug)
    return anchors


def check_links(path, text, root):
    """Every relative link of a Markdown page leads to a file, and its #anchor to a heading."""
    if not path.endswith(".md"):
        return
    prose = re.sub(r"```.*?```", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    prose = re.sub(r"`[^`\n]*`", "", prose)
    for match in re.finditer(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)", prose):
        target = match.group(1)
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        number = prose.count("\n", 0, match.start()) + 1
        name, _, anchor = target.partition("#")
        page = (root / path).parent / name if name else root / path
        if not page.exists():
            yield f"{path}:{number}: link to {target}: there is no such file"
        elif anchor and page.suffix == ".md" and anchor not in heading_anchors(page.read_text()):
            yield f"{path}:{number}: link to {target}: {page.name} has no heading '{anchor}'"


def declared_rooms(root):
    text = (root / "CMakeLists.txt").read_text()
    return re.findall(r"^volant_room\((\w+)", text, flags=re.M)


def tree(root):
    """Every text file of the repository, as (path, text)."""
    for file in sorted(root.rglob("*")):
        relative = file.relative_to(root)
        if SKIPPED_FOLDERS.intersection(relative.parts[:-1]) or file.is_symlink() or not file.is_file():
            continue
        if file.suffix not in TEXT_SUFFIXES or relative.name in {".git", "LICENSE"}:
            continue
        try:
            yield str(relative), file.read_text()
        except UnicodeDecodeError:
            continue  # data, not text


def messages(root):
    rooms = declared_rooms(root)
    plain = [check_cages, check_banned, check_length, check_header_guard, check_unfinished,
             check_commented_code, check_machine_paths]
    for path, text in tree(root):
        for check in plain:
            yield from check(path, text)
        yield from check_include_direction(path, text, rooms)
        yield from check_links(path, text, root)


def long_files(root):
    return [(path, text.count("\n")) for path, text in tree(root) if is_cpp(path) and text.count("\n") > LINES_LOOK]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    for path, lines in long_files(root):
        print(f"note: {path} has {lines} lines: is it two stories?")
    found = list(messages(root))
    for message in found:
        print(message)
    print(f"tidy: {len(found)} to mend" if found else "tidy: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Breaks every rule of tidy.py once, and checks that honest code passes."""

import tempfile
import unittest
from pathlib import Path

import tidy

ROOMS = ["core", "log", "features", "api"]


class Rules(unittest.TestCase):
    def found(self, check, path, text, *more):
        return list(check(path, text, *more))

    def test_include_to_the_right_is_refused(self):
        found = self.found(tidy.check_include_direction, "src/log/a.cpp", '#include "api/http.h"\n', ROOMS)
        self.assertEqual(len(found), 1)
        self.assertIn("through the log", found[0])

    def test_include_to_the_left_is_fine(self):
        text = '#include "core/time.h"\n#include "log/b.h"\n#include <vector>\n'
        self.assertEqual(self.found(tidy.check_include_direction, "src/log/a.cpp", text, ROOMS), [])

    def test_private_folder_of_another_room_is_refused(self):
        text = '#include "log/segments/file.h"\n'
        self.assertEqual(len(self.found(tidy.check_include_direction, "src/api/a.cpp", text, ROOMS)), 1)
        self.assertEqual(self.found(tidy.check_include_direction, "src/log/a.cpp", text, ROOMS), [])
        face = '#include "log/segments/segments.h"\n'
        self.assertEqual(self.found(tidy.check_include_direction, "src/api/a.cpp", face, ROOMS), [])

    def test_undeclared_room_is_refused(self):
        self.assertEqual(len(self.found(tidy.check_include_direction, "src/attic/a.h", "", ROOMS)), 1)

    def test_vendor_header_outside_its_cage_is_refused(self):
        for header, path in [("<simdjson.h>", "src/api/a.h"), ("<yaml-cpp/yaml.h>", "src/spec/a.cpp"),
                             ("<boost/asio.hpp>", "src/api/a.cpp"), ("<CLI/CLI.hpp>", "src/api/a.cpp"),
                             ("<immintrin.h>", "src/model/linear.cpp"), ("<zstd.h>", "src/log/a.cpp"),
                             ("<torch/torch.h>", "src/train/a.h"), ("<sodium.h>", "src/api/a.cpp")]:
            self.assertEqual(len(self.found(tidy.check_cages, path, f"#include {header}\n")), 1, header)

    def test_vendor_header_in_its_cage_is_fine(self):
        for header, path in [("<simdjson.h>", "src/core/json_document.cpp"), ("<boost/asio.hpp>", "src/api/net/a.cpp"),
                             ("<immintrin.h>", "src/model/kernels/avx2.cpp")]:
            self.assertEqual(self.found(tidy.check_cages, path, f"#include {header}\n"), [], header)

    def test_banned_calls_are_refused(self):
        for line in ["std::hash<int> h;", "auto t = std::chrono::system_clock::now();", "int r = rand();",
                     "std::mt19937 g;", "using namespace std;", "throw Error();"]:
            self.assertEqual(len(self.found(tidy.check_banned, "src/log/a.cpp", line + "\n")), 1, line)

    def test_banned_words_in_strings_and_comments_are_fine(self):
        text = '// never std::hash<T>, never throw\nlog("rand() was called");\nrow.time(3);\nfor (x = operand(2);;)\n'
        self.assertEqual(self.found(tidy.check_banned, "src/log/a.cpp", text), [])

    def test_very_long_file_is_refused(self):
        self.assertEqual(len(self.found(tidy.check_length, "src/log/a.cpp", "x\n" * (tidy.LINES_MAX + 1))), 1)
        self.assertEqual(self.found(tidy.check_length, "src/log/a.cpp", "x\n" * tidy.LINES_MAX), [])

    def test_header_without_guard_is_refused(self):
        self.assertEqual(len(self.found(tidy.check_header_guard, "src/log/a.h", "int x;\n")), 1)

    def test_unfinished_work_is_refused(self):
        self.assertEqual(len(self.found(tidy.check_unfinished, "src/log/a.cpp", "// " + "TO" + "DO: later\n")), 1)

    def test_commented_code_is_refused_and_prose_is_not(self):
        code = "// if (ready) {\n// send(row);\n"
        self.assertEqual(len(self.found(tidy.check_commented_code, "src/log/a.cpp", code)), 1)
        prose = "// Reads forward; a reader pins its segments.\n// The rest: see log.md (the format);\n"
        self.assertEqual(self.found(tidy.check_commented_code, "src/log/a.cpp", prose), [])

    def test_machine_path_is_refused(self):
        self.assertEqual(len(self.found(tidy.check_machine_paths, "README.md", "see /ho" + "me/ann/shop\n")), 1)
        self.assertEqual(self.found(tidy.check_machine_paths, "README.md", "GET /v1/root/events of a=/x\n"), [])

    def test_broken_links_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "there.md").write_text("# Two words\n## `code` here\n")
            links = "[a](there.md) [b](there.md#two-words) [c](there.md#code-here) [d](https://x.y/z) `[e](f)`\n"
            self.assertEqual(self.found(tidy.check_links, "README.md", links, root), [])
            (root / "README.md").write_text("")
            for broken in ["[a](gone.md)", "[a](there.md#three)", "[a](#nowhere)"]:
                self.assertEqual(len(self.found(tidy.check_links, "README.md", broken, root)), 1, broken)


if __name__ == "__main__":
    unittest.main()

#include "cli/client.h"

#include <gtest/gtest.h>

#include "core/json_writer.h"

namespace volant::cli {
namespace {

TEST(AnswerError, IsTheOneThatTheServerSaid) {
    const Error said = fail(Code::kNotTrained, "no version 3", "/version", "train it");
    const Error read = answer_error(409, json::error_body(said));
    EXPECT_EQ(read.code, Code::kNotTrained);
    EXPECT_EQ(read.message, said.message);
    EXPECT_EQ(read.field, said.field);
    EXPECT_EQ(read.hint, said.hint);
}

TEST(AnswerError, NamesTheStatusOfAnAnswerItCannotRead) {
    for (const char* body : {"", "<html>", "{}", R"({"error":{"code":"of tomorrow"}})"}) {
        const Error read = answer_error(502, body);
        EXPECT_EQ(read.code, Code::kUnavailable);
        EXPECT_NE(read.message.find("502"), std::string::npos);
    }
}

TEST(ModelTarget, EncodesTheName) {
    EXPECT_EQ(model_target("a/b", "/train"), "/v1/models/a%2Fb/train");
}

}  // namespace
}  // namespace volant::cli

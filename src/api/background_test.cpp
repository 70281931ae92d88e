#include "api/background.h"

#include <gtest/gtest.h>

#include <future>
#include <new>
#include <stdexcept>

#include "api/local_sink.h"
#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;

Response answer(Background& background, std::function<Response()> task) {
    LocalSink sink;
    background.answer(Responder(sink), std::move(task));
    return sink.wait();
}

TEST(Background, AnswersWithWhatTheTaskReturns) {
    Background background;
    EXPECT_EQ(answer(background, [] { return json_answer("1"); }).body, "1");
}

TEST(Background, ATaskThatThrowsEndsItsOwnRequestAlone) {
    Background background;
    const Response fault = answer(background, []() -> Response { throw std::logic_error("ours"); });
    EXPECT_EQ(fault.status, 500);
    EXPECT_EQ(at(fault.body, "/error/code"), "internal");
    const Response memory = answer(background, []() -> Response { throw std::bad_alloc(); });
    EXPECT_EQ(memory.status, 503);
    EXPECT_EQ(at(memory.body, "/error/code"), "overloaded");
    ASSERT_TRUE(background.run([] { throw std::bad_alloc(); }).ok());
    EXPECT_EQ(answer(background, [] { return json_answer("1"); }).status, 200);
}

TEST(Background, PastItsBoundItRefuses) {
    std::promise<void> go;
    Background background(1);
    std::promise<void> busy;
    ASSERT_TRUE(background
                    .run([&] {
                        busy.set_value();
                        go.get_future().wait();
                    })
                    .ok());
    busy.get_future().wait();
    ASSERT_TRUE(background.run([] {}).ok());
    EXPECT_EQ(answer(background, [] { return json_answer("1"); }).status, 503);
    go.set_value();
}

TEST(Backgrounds, AFoldOfTheWholeLogHoldsNoSearchAndNoLookup) {
    std::promise<void> go;
    Backgrounds threads;
    ASSERT_TRUE(threads.folds.run([&] { go.get_future().wait(); }).ok());
    EXPECT_EQ(answer(threads.searches, [] { return json_answer("1"); }).status, 200);
    EXPECT_EQ(answer(threads.lookups, [] { return json_answer("1"); }).status, 200);
    go.set_value();
}

}  // namespace
}  // namespace volant::api

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

// Of a client that leaves when the test says so.
class LeavingSink final : public ResponseSink {
  public:
    void complete(Response response) override { answer.set_value(response.status); }
    std::shared_ptr<StreamSink> stream(Response) override { return nullptr; }
    bool is_wanted() const override { return !is_gone; }

    std::promise<int> answer;
    std::atomic<bool> is_gone{false};
};

Response answer(Background& background, std::function<Response()> make) {
    LocalSink sink;
    background.answer(Responder(sink), [&](const IsWanted& is_wanted) {
        EXPECT_TRUE(is_wanted());
        return make();
    });
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

TEST(Background, MakesNoAnswerForWhoLeftBeforeItsTurn) {
    LeavingSink first, second;
    std::promise<void> begun, left;
    bool made = false;
    {
        Background background;
        background.answer(Responder(first), [&](const IsWanted& is_wanted) {
            begun.set_value();
            left.get_future().wait();
            return Response{.status = is_wanted() ? 200 : 204};  // it left in the middle
        });
        background.answer(Responder(second), [&](const IsWanted&) {
            made = true;
            return Response{};
        });
        begun.get_future().wait();
        first.is_gone = second.is_gone = true;
        left.set_value();
        EXPECT_EQ(first.answer.get_future().get(), 204);
        EXPECT_EQ(second.answer.get_future().get(), 500) << "each promise is kept";
    }
    EXPECT_FALSE(made);
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

#include "feedback/closed_queue.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace volant::feedback {
namespace {

TEST(ClosedQueue, TakesAsManyBytesAsACopyAndNoneWhenEmpty) {
    ClosedQueue queue, copy;
    Random random(1);
    for (log::Lsn at = 1; at <= 2'000; ++at) {
        Closed closed;
        closed.lsn = at;
        closed.shown.push_back({});
        closed.shown[0].row.assign(random.below(200), 'x');
        queue.push(at, closed);
        if (random.chance(0.3)) queue.pop();
    }
    queue.each([&](log::Lsn at, const Closed& closed) { copy.push(at, closed); });
    EXPECT_EQ(copy.size(), queue.size());
    EXPECT_EQ(copy.bytes(), queue.bytes());
    while (queue.size() > 0) queue.pop();
    EXPECT_EQ(queue.bytes(), 0u);
}

}  // namespace
}  // namespace volant::feedback

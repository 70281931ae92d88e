#include "api/wheel_answer.h"

#include <memory>
#include <string>

#include "api/error_answer.h"

namespace volant::api {

void answer_from_wheel(Workspace& workspace, const Call& call, Responder responder,
                       WriteAnswer write, std::size_t append_bytes_max) {
    struct State {
        Responder responder;
        std::string body;
        Status status;
    };
    auto state = std::make_shared<State>(State{std::move(responder), {}, {}});
    workspace.ask(
        call.time, append_bytes_max,
        [state, write = std::move(write)](log::Turn& turn) {
            json::Writer out(state->body);
            state->status = write(out, turn);
        },
        [state](const Status& status) {
            const Status& worst = status.ok() ? state->status : status;
            state->responder.send(worst.ok() ? json_answer(std::move(state->body))
                                             : error_answer(worst.error()));
        });
}

}  // namespace volant::api

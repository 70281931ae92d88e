// The table of commands.
#include <array>

#include "cli/backup_commands.h"
#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/import.h"
#include "cli/keys_commands.h"
#include "cli/log_commands.h"
#include "cli/predict.h"
#include "cli/replay.h"
#include "cli/serve.h"
#include "cli/simulate.h"
#include "cli/status_commands.h"
#include "cli/training_commands.h"
#include "cli/workspace_commands.h"

namespace volant::cli {
namespace {

constexpr std::string_view kStart = "Start";
constexpr std::string_view kModels = "Models";
constexpr std::string_view kLook = "Look";
constexpr std::string_view kOperate = "Operate";

constexpr Command kTable[] = {
    {"new", kStart, "Makes a workspace from a template; without arguments, lists them",
     "volant new\nvolant new ranking shop", true, declare_new},
    {"validate", kStart, "Checks volant.yaml", "volant validate\nvolant -w shop validate --json",
     true, declare_validate},
    {"serve", kStart, "Runs the server of a workspace",
     "volant serve\nvolant serve --port 8080 --log-json", false, declare_serve},
    {"import", kStart, "Imports a file of history as events",
     "volant import history.csv.gz --events open --map user=customer,item=sku,time=at\n"
     "volant import events.ndjson\n"
     "volant import 2010.tsv --events purchase --map user=CustomerID,time=InvoiceDate "
     "--encoding gb18030",
     true, declare_import},

    {"train", kModels, "Trains a new version of a model from the log, and waits for it",
     "volant train open_item\nvolant train open_item --json", true, declare_train},
    {"evaluate", kModels, "Shows a version's scores beside the baseline's",
     "volant evaluate open_item\nvolant evaluate open_item --version 2", true, declare_evaluate},
    {"predict", kModels, "Asks a model about every row of a file",
     "volant predict buys --in users.csv --out answers.csv\n"
     "volant predict open_item --in users.ndjson --out rankings.csv --k 5 --log",
     true, declare_predict},
    {"promote", kModels, "Makes a version serve",
     "volant promote open_item 3 --why \"looks right\"\nvolant promote open_item 0", true,
     declare_promote},
    {"rollback", kModels, "Goes back to the version that served before",
     "volant rollback open_item --why \"complaints\"", true, declare_rollback},

    {"status", kLook, "Shows the wheel: every stage's figures",
     "volant status\nvolant status --json", true, declare_status},
    {"models", kLook, "Lists the models, or one model's versions",
     "volant models\nvolant models open_item", true, declare_models},
    {"jobs", kLook, "Lists the trainings", "volant jobs\nvolant jobs --cancel 3", true,
     declare_jobs},
    {"decisions", kLook, "Lists what was decided about models, and why",
     "volant decisions\nvolant decisions --model open_item --limit 100", true, declare_decisions},

    {"keys create", kOperate, "Makes an API key and prints it, once",
     "volant keys create --scope ingest,predict --name web\n"
     "volant keys create --scope ingest --origin https://shop.example",
     true, declare_keys_create},
    {"keys list", kOperate, "Lists the API keys", "volant keys list", true, declare_keys_list},
    {"keys revoke", kOperate, "Revokes an API key", "volant keys revoke 4f1c9a", true,
     declare_keys_revoke},
    {"log dump", kOperate, "Prints the log's records, a JSON object a line",
     "volant log dump --type decision\nvolant log dump --from 1000 --limit 10", true,
     declare_log_dump},
    {"log verify", kOperate, "Verifies every checksum of the log", "volant log verify", true,
     declare_log_verify},
    {"log stat", kOperate, "Counts what the log holds", "volant log stat", true, declare_log_stat},
    {"replay", kOperate, "Makes every logged prediction again and compares all bytes",
     "volant replay --verify\nvolant replay --verify --json", true, declare_replay},
    {"backup", kOperate, "Writes the whole workspace into one file, beside a running server too",
     "volant backup shop.tar.zst\nvolant -w shop backup ../monday.tar.zst --json", true,
     declare_backup},
    {"restore", kOperate, "Makes a workspace from a backup, and verifies it",
     "volant restore shop.tar.zst\nvolant -w shop-of-monday restore monday.tar.zst", true,
     declare_restore},
    {"doctor", kOperate, "Says what is wrong with the machine or the workspace, and what to do",
     "volant doctor\nvolant -w shop doctor --json", true, declare_doctor},
    {"simulate", kOperate, "Plays a town of readers against a running server",
     "volant simulate\nvolant simulate --seed 7 --days 30\nvolant simulate --tastes none", true,
     declare_simulate},
};

}  // namespace

std::span<const Command> command_table() {
    return kTable;
}

std::string_view group_text(std::string_view group) {
    if (group == "keys") return "API keys: create, list, revoke";
    if (group == "log") return "The log's files: dump, verify, stat";
    return "";
}

}  // namespace volant::cli

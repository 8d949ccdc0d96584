// audit: what all clients of a host do, as it happens.

#include "audit_text.hpp"
#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"

#include <unistd.h>

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<int> audit(client& on, const options& o, invocation&) {
    auto events = co_await on.follow_audit();
    for (;;) {
        const auto event = co_await events.next();
        if (!event) co_return exit_code::success;
        const bool ready = event->kind == audit_event_kind::ready;
        if (ready && wants_summary(o)) (void)write_all(STDERR_FILENO, "tug: following\n");
        if (ready && !o.json) continue;
        if (!(o.json ? print_json(to_json(*event)) : print_text(audit_text(*event) + "\n")))
            co_return exit_code::failed;
    }
}

} // namespace tug::cli

// What happens to files of the host: a watch goes on between the calls that ask it for events.

#include "limits.hpp"
#include "tool.hpp"

#include "cli/commands/event_text.hpp"
#include "cli/commands/next_event.hpp"

#include <tug/error.hpp>
#include <tug/files.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

/// While a call waits for the next event of a watch.
class in_use {
public:
    explicit in_use(watches::one& what) : what_(what) { what_.in_use = true; }

    ~in_use() { what_.in_use = false; }

    in_use(const in_use&) = delete;
    in_use& operator=(const in_use&) = delete;

private:
    watches::one& what_;
};

asio::awaitable<json::object> watch_files(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto how = call.given.flag("recursive", false) ? depth::all : depth::one;
    call.watched.need_room();
    const auto client = co_await call.on.get();
    watches::one made;
    made.events = co_await client->files().watch(path, how);
    for (;;) { // what could not be watched may be told before
        auto event = co_await made.events.next();
        if (!event) throw error(failure(errc::not_found, path + " went away while it was being watched"));
        if (event->kind == watch_event_kind::ready) break;
        made.held.push_back(std::move(*event));
    }
    const auto name = call.watched.add(std::move(made));
    co_return json::object{{"watch", name}, {"path", path}};
}

/// Up to `most` events: those that are there, or else what comes first until then. A change seldom comes alone: what
/// comes without a pause is told together. False where nothing will come any more.
asio::awaitable<bool> take_events(tool_call& call, watches::one& from, std::vector<watch_event>& into,
                                  std::uint64_t most, std::chrono::steady_clock::time_point until) {
    constexpr std::chrono::milliseconds pause{100};
    const auto held = from.held.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(from.held.size(), most));
    into.assign(std::move_iterator(from.held.begin()), std::move_iterator(held));
    from.held.erase(from.held.begin(), held);
    while (into.size() < most) {
        const auto soon = std::chrono::steady_clock::now() + pause;
        auto next = co_await next_event(from.events, into.empty() ? until : soon);
        if (!next.event) co_return !next.ended;
        into.push_back(std::move(*next.event));
        call.progress(into.size(), std::nullopt);
    }
    co_return true;
}

asio::awaitable<json::object> watch_events(tool_call& call) {
    const auto name = call.given.needed_text("watch");
    const auto most = call.given.number("max_events").value_or(usual_entries);
    const auto until = from_now(call.given.number("wait_ms").value_or(usual_wait));
    const auto from = call.watched.find(name);
    const in_use now(*from);
    std::vector<watch_event> events;
    bool goes_on = false;
    try {
        goes_on = co_await take_events(call, *from, events, most, until);
    } catch (const error& e) {
        // They are for the next call, or else this watch tells nothing any more.
        if (e.code() == errc::cancelled) from->held.insert(from->held.begin(), events.begin(), events.end());
        if (e.code() != errc::cancelled) call.watched.remove(name);
        throw;
    }
    if (!goes_on) call.watched.remove(name);
    json::array told;
    for (const auto& event : events) told.emplace_back(to_json(event));
    json::object out{{"watch", name}, {"events", std::move(told)}, {"more", events.size() == most}};
    out["ended"] = !goes_on;
    co_return out;
}

asio::awaitable<json::object> watch_stop(tool_call& call) {
    const auto name = call.given.needed_text("watch");
    (void)call.watched.find(name);
    call.watched.remove(name);
    co_return json::object{{"stopped", name}};
}

constexpr auto watch_name = parameter::text("watch", "its name, as watch_files gave it").needed();
constexpr std::array files_parameters{parameter::text("path").needed(), parameter::flag("recursive")};
constexpr std::array events_parameters{
    watch_name,
    parameter::whole("wait_ms", 0, most_wait, "how long to wait for the first one (30000)"),
    parameter::whole("max_events", 1, most_entries, "500 unless given"),
};
constexpr std::array stop_parameters{watch_name};

constexpr std::array watch_tool_list{
    tool{.name = "watch_files",
         .need = "get",
         .description = "Begin to watch a directory (recursive: all below it) or a file. When the answer is there all "
                        "that happens is kept for watch_events; what was changed before is not told.",
         .parameters = files_parameters,
         .run = watch_files},
    tool{.name = "watch_events",
         .need = "get",
         .description =
             "What has happened since the last call: created, changed, removed, renamed (with from). Waits up to "
             "wait_ms where nothing has. overflow: something was missed, look at the files again. unwatched: a "
             "directory that could not be watched. ended: what was watched is gone. Where the connection was lost "
             "the watch is over, and an error says so.",
         .parameters = events_parameters,
         .run = watch_events},
    tool{.name = "watch_stop",
         .need = "get",
         .description = "End a watch.",
         .parameters = stop_parameters,
         .run = watch_stop},
};

} // namespace

std::span<const tool> watch_tools() {
    return watch_tool_list;
}

} // namespace tug::cli::mcp

// Files and directories between this machine and the host.

#include "tool.hpp"

#include <tug/bytes.hpp>
#include <tug/error.hpp>
#include <tug/transfer.hpp>
#include <tug/trees.hpp>

#include <boost/json/array.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

progress_callback progress_of(tool_call& call) {
    return [report = call.progress](const transfer_progress& p) { report(p.bytes, p.total); };
}

asio::awaitable<json::object> put_file(tool_call& call) {
    const auto local = call.local.checked(call.given.needed_text("local"));
    const auto path = call.given.needed_text("path");
    put_options how;
    how.make_parents(call.given.flag("make_parents", false));
    how.overwrite(call.given.flag("overwrite", true));
    how.on_progress(progress_of(call));
    const auto client = co_await call.on.get();
    const auto stored = co_await client->put(local, path, how);
    co_return json::object{{"path", path}, {"size", stored.size}, {"digest", stored.digest}};
}

asio::awaitable<json::object> get_file(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto local = call.local.checked(call.given.needed_text("local"));
    get_options how;
    how.on_progress(progress_of(call));
    const auto client = co_await call.on.get();
    const auto got = co_await client->get(path, local, how);
    co_return json::object{{"local", local}, {"size", got.bytes}, {"digest", got.digest}};
}

tree_options tree_options_of(tool_call& call) {
    tree_options out;
    for (auto& pattern : call.given.texts("exclude").value_or(std::vector<std::string>())) out.exclude(pattern);
    if (call.given.choice("compare") == "digests")
        out.compare(tree_compare::digests);
    else
        out.compare(tree_compare::times);
    if (call.given.flag("delete", false)) out.remove();
    if (call.given.flag("dry_run", false)) out.dry_run();
    out.on_progress([report = call.progress](const tree_progress& p) {
        report(p.done.bytes, p.total ? std::optional(p.total->bytes) : std::nullopt);
    });
    return out;
}

/// What a dry run tells: the first changes, and how many there are.
class planned_changes {
public:
    [[nodiscard]] tree_change_callback taker() {
        return [this](const tree_change& change) {
            if (++count_ > most) return;
            constexpr std::array kinds{"written", "attributes", "removed"};
            told_.emplace_back(json::object{{"path", bytes_to_json(change.path)},
                                            {"change", kinds.at(static_cast<std::size_t>(change.what))}});
        };
    }

    void add_to(json::object& out) && {
        out["changes"] = std::move(told_);
        if (count_ > most) out["more_changes"] = count_ - most;
    }

private:
    static constexpr std::size_t most = 200;

    std::size_t count_ = 0;
    json::array told_;
};

json::object summary_json(const tree_summary& s) {
    json::array notes;
    for (const auto& note : s.notes)
        notes.emplace_back(json::object{{"path", bytes_to_json(note.path)}, {"why", note.why}});
    json::object out{{"files", s.files},     {"directories", s.directories}, {"symlinks", s.symlinks},
                     {"bytes", s.bytes},     {"unchanged", s.unchanged},     {"removed", s.removed},
                     {"skipped", s.skipped}, {"changed", s.changed}};
    if (!notes.empty()) out["notes"] = std::move(notes);
    return out;
}

asio::awaitable<json::object> put_tree(tool_call& call) {
    const auto local = call.local.checked(call.given.needed_text("local"));
    const auto path = call.given.needed_text("path");
    auto how = tree_options_of(call);
    planned_changes planned;
    if (how.settings().dry_run) how.on_change(planned.taker());
    const auto client = co_await call.on.get();
    auto out = summary_json(co_await client->put_tree(local, path, how));
    if (how.settings().dry_run) std::move(planned).add_to(out);
    co_return out;
}

asio::awaitable<json::object> get_tree(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto local = call.local.checked(call.given.needed_text("local"));
    auto how = tree_options_of(call);
    planned_changes planned;
    if (how.settings().dry_run) how.on_change(planned.taker());
    const auto client = co_await call.on.get();
    auto out = summary_json(co_await client->get_tree(path, local, how));
    if (how.settings().dry_run) std::move(planned).add_to(out);
    co_return out;
}

constexpr std::array<std::string_view, 2> comparisons{"times", "digests"};
constexpr auto local = parameter::text("local", "a path of this machine").needed();
constexpr auto path = parameter::text("path", "a path of the host").needed();

constexpr std::array put_parameters{local, path, parameter::flag("make_parents"), parameter::flag("overwrite")};
constexpr std::array get_parameters{path, local};
constexpr std::array tree_parameters{
    local,
    path,
    parameter::texts("exclude"),
    parameter::choice("compare", comparisons),
    parameter::flag("delete", "what the sender has not goes"),
    parameter::flag("dry_run", "say what would be done, and the first 200 paths"),
};

constexpr std::array transfer_tool_list{
    tool{.name = "put_file",
         .need = "put",
         .what = tool::effect::changes,
         .of_local = true,
         .description = "Send a file of this machine to the host, in constant memory, checked by digest.",
         .parameters = put_parameters,
         .run = put_file},
    tool{.name = "get_file",
         .need = "get",
         .what = tool::effect::changes,
         .of_local = true,
         .description = "Fetch a file of the host to this machine, likewise.",
         .parameters = get_parameters,
         .run = get_file},
    tool{.name = "put_tree",
         .need = "put",
         .what = tool::effect::changes,
         .of_local = true,
         .description = "Make a directory of the host as one of this machine is; what is the same is not sent.",
         .parameters = tree_parameters,
         .run = put_tree},
    tool{.name = "get_tree",
         .need = "get",
         .what = tool::effect::changes,
         .of_local = true,
         .description = "Make a directory of this machine as one of the host is; what is the same is not sent.",
         .parameters = tree_parameters,
         .run = get_tree},
};

} // namespace

std::span<const tool> transfer_tools() {
    return transfer_tool_list;
}

} // namespace tug::cli::mcp

// The names of files, and what file systems say of them.

#include "limits.hpp"
#include "tool.hpp"

#include <tug/bytes.hpp>
#include <tug/error.hpp>
#include <tug/files.hpp>

#include <boost/json/array.hpp>

#include <array>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

std::string octal(std::uint32_t mode) {
    std::string out;
    do {
        out.insert(out.begin(), static_cast<char>('0' + (mode & 7U)));
        mode >>= 3U;
    } while (mode != 0);
    return out;
}

void put_info(json::object& into, const file_info& info) {
    into["type"] = name_of(info.type);
    into["size"] = info.size;
    into["mode"] = octal(info.mode);
    into["mtime_ns"] = info.mtime_ns;
    into["owner"] = info.user.empty() ? std::to_string(info.uid) : info.user;
    into["group"] = info.group.empty() ? std::to_string(info.gid) : info.group;
    if (info.target) into["target"] = bytes_to_json(*info.target);
}

asio::awaitable<json::object> stat(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto at_end = call.given.flag("follow", true) ? symlinks::follow : symlinks::keep;
    const bool with_digest = call.given.flag("digest", false);
    const auto client = co_await call.on.get();
    const auto info = co_await client->files().stat(path, at_end);
    json::object out{{"path", path}};
    put_info(out, info);
    if (with_digest) {
        const auto digest = co_await client->files().digest(path);
        out["digest"] = digest.digest;
    }
    co_return out;
}

asio::awaitable<json::object> list_files(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto how = call.given.flag("recursive", false) ? depth::all : depth::one;
    const auto skip = call.given.number("skip").value_or(0);
    const auto most = call.given.number("max_entries").value_or(usual_entries);
    const auto client = co_await call.on.get();
    auto listing = co_await client->files().list(path, how);
    json::array entries;
    bool more = false;
    for (std::uint64_t at = 0;; ++at) {
        const auto entry = co_await listing.next();
        if (!entry) break;
        if (at < skip) continue;
        more = entries.size() == most;
        if (more) break;
        json::object line{{"path", bytes_to_json(entry->path)}};
        if (entry->info) put_info(line, *entry->info);
        if (!entry->error.empty()) line["error"] = entry->error;
        entries.emplace_back(std::move(line));
    }
    json::object out{{"path", path}, {"entries", std::move(entries)}, {"more", more}};
    if (more) out["next_skip"] = skip + most;
    co_return out;
}

asio::awaitable<json::object> make_directory(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const bool parents = call.given.flag("parents", true);
    const auto client = co_await call.on.get();
    if (parents) {
        co_await client->files().make_directories(path);
    } else {
        co_await client->files().make_directory(path, 0755);
    }
    co_return json::object{{"made", path}};
}

asio::awaitable<json::object> remove(tool_call& call) {
    const auto path = call.given.needed_text("path");
    const auto how = call.given.flag("recursive", false) ? depth::all : depth::one;
    const auto client = co_await call.on.get();
    const auto removed = co_await client->files().remove(path, how);
    co_return json::object{{"path", path}, {"removed", removed}};
}

asio::awaitable<json::object> move(tool_call& call) {
    const auto from = call.given.needed_text("from");
    const auto to = call.given.needed_text("to");
    const auto how = call.given.flag("overwrite", false) ? rename_mode::overwrite : rename_mode::keep;
    const auto client = co_await call.on.get();
    co_await client->files().rename(from, to, how);
    co_return json::object{{"from", from}, {"to", to}};
}

constexpr std::array list_parameters{
    parameter::text("path").needed(),
    parameter::flag("recursive"),
    parameter::whole("skip", 0, INT64_MAX, "so many entries, which an answer before had"),
    parameter::whole("max_entries", 1, most_entries, "500 unless given"),
};

constexpr std::array stat_parameters{
    parameter::text("path").needed(),
    parameter::flag("follow", "a symlink at its end; true"),
    parameter::flag("digest", "of what is in a file, made on the host: what if_match of write_file takes"),
};

constexpr std::array directory_parameters{parameter::text("path").needed(), parameter::flag("parents")};
constexpr std::array remove_parameters{parameter::text("path").needed(), parameter::flag("recursive")};
constexpr std::array move_parameters{parameter::text("from").needed(), parameter::text("to").needed(),
                                     parameter::flag("overwrite")};

constexpr std::array file_tool_list{
    tool{.name = "list_files",
         .need = "get",
         .description = "What is in a directory, or in the whole tree below it, at most max_entries; where there is "
                        "more, next_skip is the skip of the next call.",
         .parameters = list_parameters,
         .run = list_files},
    tool{.name = "stat",
         .need = "get",
         .description = "Type, size, mode, time, owner of what a path names, and the digest of a file.",
         .parameters = stat_parameters,
         .run = stat},
    tool{.name = "make_directory",
         .need = "put",
         .what = tool::effect::adds,
         .description = "Make a directory, and those that are missing on the way unless parents is false.",
         .parameters = directory_parameters,
         .run = make_directory},
    tool{.name = "remove",
         .need = "put",
         .what = tool::effect::changes,
         .description = "Remove a file, a symlink or a directory; one that is not empty needs recursive.",
         .parameters = remove_parameters,
         .run = remove},
    tool{.name = "move",
         .need = "put",
         .what = tool::effect::changes,
         .description = "Give a file or directory another name. What is there already is replaced only with overwrite.",
         .parameters = move_parameters,
         .run = move},
};

} // namespace

std::span<const tool> file_tools() {
    return file_tool_list;
}

} // namespace tug::cli::mcp

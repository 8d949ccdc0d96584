// cp: files and directories, from here, to here, or from host to host.

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/relay.hpp"
#include "cli/local/report.hpp"
#include "cli/local/transfer_report.hpp"
#include "commands.hpp"
#include "one_file.hpp"
#include "paths_like.hpp"
#include "trees.hpp"

#include <tug/bytes.hpp>
#include <tug/local_target.hpp>
#include <tug/os/path_text.hpp>

#include <boost/json/array.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// A path on a host, or here where there is no client.
struct place {
    client* on = nullptr;
    std::string address; ///< Of that client.
    std::string path;

    place() = default; // no aggregate: g++ 12 destroys such temporaries of a co_await expression twice

    [[nodiscard]] bool remote() const noexcept { return on != nullptr; }

    [[nodiscard]] place with_path(std::string other) const {
        auto out = *this;
        out.path = std::move(other);
        return out;
    }

    [[nodiscard]] connected_host connection() const { return {*on, address}; }
};

/// The connections of one command.
class open_hosts {
public:
    open_hosts(client& first, const options& o, invocation& s) : first_(first), options_(o), invocation_(s) {}

    asio::awaitable<place> place_of(std::string word) {
        place out;
        if (!is_remote(word)) {
            out.path = std::move(word);
            co_return out;
        }
        auto there = resolve_remote(word, options_.host);
        out.path = there.path.empty() ? "." : std::move(there.path);
        out.on = co_await find(there.address);
        out.address = std::move(there.address);
        co_return out;
    }

private:
    asio::awaitable<client*> find(std::string address) {
        if (address == address_of(options_)) co_return &first_;
        for (auto& [known, on] : others_)
            if (known == address) co_return on.get();
        auto made = co_await connect(options_, invocation_, address);
        others_.emplace_back(std::move(address), std::make_unique<client>(std::move(made)));
        co_return others_.back().second.get();
    }

    client& first_;
    const options& options_;
    invocation& invocation_;
    std::vector<std::pair<std::string, std::unique_ptr<client>>> others_;
};

asio::awaitable<std::optional<file_info>> look_at(const place& at) {
    std::optional<file_info> out;
    try {
        out = co_await at.on->files().stat(at.path);
    } catch (const error& e) {
        if (e.failure().code != errc::not_found) throw;
    }
    co_return out;
}

/// A source, or those that a pattern on a host stands for.
asio::awaitable<std::vector<place>> expand(const place& source) {
    std::vector<place> out;
    if (source.remote()) {
        const auto paths = co_await paths_like(*source.on, source.path);
        for (const auto& path : paths) out.push_back(source.with_path(path));
    } else {
        out.push_back(source);
    }
    co_return out;
}

/// One file or directory from where it is to where it goes.
class one_copy {
public:
    one_copy(const options& o, invocation& s, place to, bool to_directory)
        : options_(o), invocation_(s), to_(std::move(to)), to_directory_(to_directory) {}

    asio::awaitable<int> run(const place& from) {
        if (!from.remote() && !to_.remote())
            throw usage_error(quoted_name(from.path) + " and where it goes are both here", "use cp(1)");
        if (!from.remote()) co_return co_await send(from);
        const auto info = co_await from.on->files().stat(from.path);
        const bool directory = info.type == file_type::directory;
        if (to_.on == from.on && directory)
            co_return co_await copy_directory(*to_.on, options_, from.path, target_of_directory(from.path));
        if (to_.on == from.on) co_return co_await copy_there(from);
        if (to_.remote()) co_return co_await relay(from, info);
        if (directory) {
            auto source = from.connection();
            co_return co_await get_directory(std::move(source), options_, invocation_, from.path, to_.path);
        }
        transfer_report report(options_);
        const auto local = local_target(target_of(from.path));
        auto how = options_for<get_options>();
        auto source = from.connection();
        const auto done =
            co_await fetch_file(std::move(source), options_, invocation_, from.path, local.path(), std::move(how));
        co_return report.finish(done.bytes, done.digest, {{"path", bytes_to_json(from.path)}});
    }

private:
    [[nodiscard]] std::string target_of(const std::string& from) const {
        return to_directory_ ? os::path_in(to_.path, base_name(from)) : to_.path;
    }

    /// What has no name of its own is copied into the directory that is there.
    [[nodiscard]] std::string target_of_directory(const std::string& from) const {
        const auto name = base_name(from);
        return name.empty() || name == "." || name == ".." ? to_.path : target_of(from);
    }

    template <class Options>
    [[nodiscard]] Options options_for() const {
        Options how;
        how.durable(!options_.copy.no_durable);
        if (options_.transfer.limit_rate) how.limit_rate(*options_.transfer.limit_rate);
        if (options_.file.sha256) how.digest(digest_kind::sha256);
        how.delta(options_.transfer.delta);
        take_compression(how, options_.transfer);
        return how;
    }

    asio::awaitable<int> send(const place& from) {
        auto target_host = to_.connection();
        if (is_local_directory(from.path))
            co_return co_await put_directory(std::move(target_host), options_, invocation_, from.path, to_.path);
        transfer_report report(options_);
        const auto target = target_of(from.path);
        auto how = options_for<put_options>();
        const auto done =
            co_await send_file(std::move(target_host), options_, invocation_, from.path, target, std::move(how));
        co_return report.finish(done.size, done.digest, {{"path", bytes_to_json(target)}});
    }

    /// Both are on one host: the bytes stay there.
    asio::awaitable<int> copy_there(const place& from) {
        transfer_report report(options_);
        const auto target = target_of(from.path);
        file_copy_options how;
        how.durable = !options_.copy.no_durable;
        const auto done = co_await from.on->files().copy(from.path, target, how);
        co_return report.finish(done.size, "", {{"path", bytes_to_json(target)}, {"reflink", done.reflink}});
    }

    asio::awaitable<int> relay(const place& from, const file_info& info) {
        if (options_.transfer.limit_rate || options_.transfer.delta)
            throw usage_error("--limit-rate and --delta do not reach a copy from host to host",
                              "copy by way of here, or leave them out");
        transfer_report report(options_);
        relayed done;
        transfer_try transfer = [&](client&, bool) -> asio::awaitable<void> { done = co_await relay_once(from, info); };
        auto source = from.connection();
        auto target = to_.connection();
        co_await with_retries(std::move(source), std::move(target), options_, invocation_, std::move(transfer));
        co_return report.finish(done.bytes, done.digest, {{"path", bytes_to_json(from.path)}});
    }

    asio::awaitable<relayed> relay_once(const place& from, const file_info& info) {
        if (info.type == file_type::directory) {
            boost::json::object get{{"path", bytes_to_json(from.path)}, {"owner", options_.copy.owner}};
            boost::json::object put{{"path", bytes_to_json(to_.path)},
                                    {"owner", options_.copy.owner},
                                    {"durable", !options_.copy.no_durable},
                                    {"mode", options_.copy.replace ? "replace" : "merge"}};
            boost::json::array exclude;
            for (const auto& pattern : options_.copy.exclude) exclude.push_back(bytes_to_json(pattern));
            if (!exclude.empty()) get["exclude"] = std::move(exclude);
            const auto name = base_name(from.path);
            if (!name.empty() && name != "." && name != "..") put["into"] = bytes_to_json(name);
            co_return co_await relay_tree(*from.on, std::move(get), *to_.on, std::move(put), level());
        }
        co_return co_await relay_file(*from.on, from.path, *to_.on, target_of(from.path), info, level());
    }

    /// Of the compression that was asked for.
    [[nodiscard]] std::optional<unsigned> level() const {
        const auto& text = options_.transfer.compress;
        return text.empty() ? std::nullopt : std::optional(static_cast<unsigned>(std::stoul(text)));
    }

    const options& options_;
    invocation& invocation_;
    place to_;
    bool to_directory_;
};

} // namespace

asio::awaitable<int> cp(client& on, const options& o, invocation& s) {
    open_hosts all(on, o, s);
    std::vector<place> sources;
    for (std::size_t i = 0; i + 1 < o.copy.paths.size(); ++i) {
        auto source = co_await all.place_of(o.copy.paths[i]);
        while (source.path.size() > 1 && source.path.ends_with('/')) source.path.pop_back();
        const auto found = co_await expand(source);
        sources.insert(sources.end(), found.begin(), found.end());
    }
    auto to = co_await all.place_of(o.copy.paths.back());
    bool directory = to.path.ends_with('/');
    if (to.remote()) {
        const auto info = co_await look_at(to);
        directory = directory || (info && info->type == file_type::directory);
    } else {
        directory = directory || is_local_directory(to.path);
    }
    if (sources.size() > 1 && !directory)
        throw usage_error(quoted_name(o.copy.paths.back()) + " is no directory, and several sources are given",
                          "make it first, or name one source");
    int code = exit_code::success;
    one_copy work(o, s, to, directory);
    for (const auto& source : sources) {
        const auto ended = co_await work.run(source);
        if (ended != exit_code::success) code = ended;
    }
    co_return code;
}

} // namespace tug::cli

#pragma once

#include <tug/command.hpp>
#include <tug/error.hpp>
#include <tug/exec_result.hpp>
#include <tug/transfer.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// What client::run() does, in this order: files are put, then a command runs, then files are fetched. A value with
/// chained setters: `tug::run_options().put("a.c", "a.c").command(tug::command("cc", "a.c")).get("a.out", "a.out")`.
class run_options {
public:
    struct put_step {
        std::string local;
        std::string remote;
        put_options how;
    };

    struct get_step {
        std::string remote;
        std::string local;
        get_options how;
    };

    struct settings_type {
        std::vector<put_step> puts;
        std::optional<tug::command> command;
        std::vector<get_step> gets;
        std::string directory; ///< Empty: none of its own.
        sink* out = nullptr;   ///< Null: exec_result::out has it.
        sink* err = nullptr;
    };

    /// Sends a local file; see client::put(). At most 255.
    run_options& put(std::string local, std::string remote, put_options how = {}) & {
        set_.puts.push_back({std::move(local), std::move(remote), std::move(how)});
        return *this;
    }

    run_options&& put(std::string local, std::string remote, put_options how = {}) && {
        return std::move(put(std::move(local), std::move(remote), std::move(how)));
    }

    /// Runs a command once all puts have succeeded; see client::exec(). Its timeout counts from the beginning.
    run_options& command(tug::command what) & {
        set_.command = std::move(what);
        return *this;
    }

    run_options&& command(tug::command what) && { return std::move(command(std::move(what))); }

    /// Fetches a file once the command has exited with code 0 (without a command: once all puts have succeeded); see
    /// client::get(). Progress is told without the total.
    run_options& get(std::string remote, std::string local, get_options how = {}) & {
        set_.gets.push_back({std::move(remote), std::move(local), std::move(how)});
        return *this;
    }

    run_options&& get(std::string remote, std::string local, get_options how = {}) && {
        return std::move(get(std::move(remote), std::move(local), std::move(how)));
    }

    /// Makes this directory first, which must not exist, and removes it with all that is in it at the end, whatever
    /// became of the rest. Where it ends in a slash a new name is made up below it. Remote paths that are relative, and
    /// the working directory of the command, are then below it. It stays where the connection is lost.
    run_options& in_fresh_directory(std::string path) & {
        set_.directory = std::move(path);
        return *this;
    }

    run_options&& in_fresh_directory(std::string path) && { return std::move(in_fresh_directory(std::move(path))); }

    /// Passes the output of the command on as it comes. The caller must keep the sinks until the run has completed.
    run_options& output_to(sink& out, sink& err) & {
        set_.out = &out;
        set_.err = &err;
        return *this;
    }

    run_options&& output_to(sink& out, sink& err) && { return std::move(output_to(out, err)); }

    [[nodiscard]] const settings_type& settings() const& noexcept { return set_; }

    [[nodiscard]] settings_type&& settings() && noexcept { return std::move(set_); }

private:
    settings_type set_;
};

/// One step of a run, and what became of it.
struct run_step {
    enum class type { make_directory, put, command, get, remove_directory };

    type what = type::command;
    std::string remote;         ///< The path on the host; of a command empty.
    std::string local;          ///< Of put and get.
    std::optional<failure> why; ///< Why it failed, or was not done; nothing where it was done.

    /// Not done because a step before it failed.
    [[nodiscard]] bool skipped() const noexcept { return why && why->code == errc::dependency_failed; }
};

/// What became of a run: each step in order.
struct run_result {
    std::vector<run_step> steps;
    std::optional<exec_result> command; ///< Where the command was started.

    /// All was done, and the command, if there is one, exited with code 0.
    [[nodiscard]] bool ok() const noexcept { return !first_failure() && (!command || command->ok()); }

    /// The first step that failed by itself; null where none did.
    [[nodiscard]] const run_step* first_failure() const noexcept {
        const auto at =
            std::find_if(steps.begin(), steps.end(), [](const run_step& s) { return s.why && !s.skipped(); });
        return at == steps.end() ? nullptr : &*at;
    }
};

} // namespace tug

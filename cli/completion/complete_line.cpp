#include "complete_line.hpp"

#include "cli/arguments/copy_options.hpp"
#include "cli/arguments/job_flags.hpp"
#include "cli/arguments/known_flags.hpp"
#include "cli/arguments/options.hpp"
#include "cli/arguments/path_options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/arguments/words.hpp"

#include <tug/error_table.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tug::cli {

namespace {

using words = std::vector<std::string>;

/// The words of a line that may end within quotes; the last one is that at the cursor.
words words_up_to_cursor(std::string_view line) {
    constexpr char cursor = '\x01'; // makes a word of what has nothing typed yet
    for (const char* const closing : {"", "'", "\""}) {
        try {
            auto out = split_words(std::string(line) + cursor + closing);
            if (!out.empty() && out.back().ends_with(cursor)) {
                out.back().pop_back();
                return out;
            }
        } catch (const usage_error&) {
            continue;
        }
    }
    return {};
}

/// What a word of a command line is.
enum class kind { nothing, host, job, job_command, local, remote, either, command_or_host, command, error_name };

/// The n-th word of a command that is no flag.
kind kind_of(const std::string& command, std::size_t n) {
    const auto at = [n](std::initializer_list<kind> kinds) {
        return n < kinds.size() ? kinds.begin()[n] : kind::nothing;
    };
    if (command == "help") return n == 0 ? kind::command : kind::error_name;
    if (command == "keygen" || command == "login") return kind::nothing;
    if (command == "put") return n == 0 ? kind::local : kind::either; // of several words the last is where to
    if (command == "get") return n == 0 ? kind::remote : kind::either;
    if (is_copy_command(command)) return kind::either;
    if (is_path_command(command)) return command == "chmod" && n == 0 ? kind::nothing : kind::remote;
    if (runs_command(command)) return n == 0 ? kind::host : kind::local; // arguments of the command are often files
    if (is_job_command(command)) return at({kind::host, kind::job});
    return at({kind::host});
}

/// A command line that is read as far as it goes.
class typed_line {
public:
    typed_line(words before, const name_source& from) : from_(from) { read(std::move(before)); }

    candidates complete(const std::string& current) const {
        candidates out;
        if (value_of_) {
            out.local_files = value_is_file_;
            if (value_is_hosts_) add_hosts(current, "", out);
            return out;
        }
        if (current.starts_with('-') && !flags_over_) {
            out.words = known_flags(command_).starting_with(current);
            return out;
        }
        add(next_, current, out);
        return out;
    }

private:
    void read(words before) {
        std::size_t count = 0;
        std::optional<known_flags> known(std::in_place, "");
        for (const auto& word : before) {
            const bool is_value = std::exchange(value_of_, false);
            if (is_value) {
                if (!is_own_) flags_.push_back(word);
            } else if (word == "--" && !flags_over_) {
                flags_over_ = true;
            } else if (word.starts_with('-') && word != "-" && !flags_over_) {
                value_of_ = known->takes_next(word);
                value_is_file_ = known->takes_file(word);
                value_is_hosts_ = known->takes_hosts(word);
                is_own_ = !common_.takes_next(word);
                if (!is_own_) flags_.push_back(word);
            } else if (command_.empty()) {
                take_command(word);
                if (!command_.empty()) known.emplace(command_);
            } else {
                if (count++ == 0) first_ = word;
            }
        }
        if (command_.empty())
            next_ = in_job_ ? kind::job_command : kind::command_or_host;
        else
            next_ = kind_of(command_, count);
        if (runs_command(command_) && count > 1) flags_over_ = true; // they are the command's
    }

    void take_command(const std::string& word) {
        if (in_job_)
            command_ = "job-" + word;
        else if (word == "job")
            in_job_ = true;
        else
            command_ = word == "logs" ? "job-logs" : word;
    }

    void add(kind what, const std::string& current, candidates& to) const {
        switch (what) {
        case kind::nothing: break;
        case kind::host: add_hosts(current, "", to); break;
        case kind::job:
            for (auto& name : from_.jobs(flags_, first_)) add_word({std::move(name), ""}, current, to);
            break;
        case kind::job_command:
            for (auto& c : known_commands())
                if (c.text.starts_with("job-")) add_word({c.text.substr(4), std::move(c.about)}, current, to);
            break;
        case kind::command_or_host: add_hosts(current, "", to); [[fallthrough]];
        case kind::command: add_commands(what == kind::command, current, to); break;
        case kind::error_name:
            if (first_ != "errors") break;
            for (const auto code : all_errors())
                add_word({std::string(name_of(code)), std::string(meaning_of(code))}, current, to);
            break;
        case kind::either: to.local_files = true; [[fallthrough]];
        case kind::remote: add_remote(current, to); break;
        case kind::local: to.local_files = true; break;
        }
    }

    static void add_word(candidate c, const std::string& current, candidates& to) {
        if (c.text.starts_with(current)) to.words.push_back(std::move(c));
    }

    /// Of a list of hosts the last one is completed.
    void add_hosts(const std::string& current, std::string_view behind, candidates& to) const {
        const auto before = current.substr(0, current.rfind(',') + 1); // npos + 1 is 0
        for (const auto& host : from_.hosts()) add_word({before + host + std::string(behind), "a host"}, current, to);
    }

    static void add_commands(bool in_help, const std::string& current, candidates& to) {
        for (auto& c : known_commands())
            if (!c.text.starts_with("job-")) add_word(std::move(c), current, to);
        add_word({"job", "Commands that outlive their connection"}, current, to);
        add_word({"logs", "What a job has written"}, current, to);
        if (in_help) add_word({"errors", "What errors mean, and what to do"}, current, to);
    }

    /// HOST:DIR/NAME; without a colon the hosts.
    void add_remote(const std::string& current, candidates& to) const {
        const auto after_host = current.starts_with('[') ? current.find("]:") : current.find(':');
        if (after_host == std::string::npos) return add_hosts(current, ":", to);
        const auto colon = current.find(':', current.starts_with('[') ? after_host : 0);
        const auto slash = current.rfind('/');
        const auto begin = slash == std::string::npos || slash < colon ? colon + 1 : slash + 1;
        const auto directory = current.substr(colon + 1, begin - colon - 1);
        for (const auto& name : from_.files(flags_, current.substr(0, colon), directory))
            add_word({current.substr(0, begin) + name, ""}, current, to);
    }

    const name_source& from_;
    const known_flags common_{""};
    words flags_; ///< Of the connection.
    std::string command_;
    std::string first_; ///< Of the words behind the command; HOST for most.
    kind next_ = kind::nothing;
    bool in_job_ = false;
    bool flags_over_ = false;
    bool value_of_ = false; ///< The word at the cursor is the value of a flag.
    bool value_is_file_ = false;
    bool value_is_hosts_ = false;
    bool is_own_ = false; ///< That flag is the command's.
};

} // namespace

candidates complete_line(std::string_view line, const name_source& from) {
    auto all = words_up_to_cursor(line);
    if (all.size() < 2) return {};
    const auto current = std::move(all.back());
    all.pop_back();
    all.erase(all.begin()); // tug
    return typed_line(std::move(all), from).complete(current);
}

} // namespace tug::cli

#include "job_flags.hpp"

#include "exec_options.hpp"
#include "option_set.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::uint64_t most_kept = std::numeric_limits<std::int64_t>::max();

void add_words(option_set& set, job_flags& o, const char* what) {
    set.words(o.typed.words, what);
}

void add_job_ls(option_set& set, job_flags& o) {
    add_words(set, o, "HOST");
}

void add_one(option_set& set, job_flags& o) {
    add_words(set, o, "HOST JOB");
}

void add_signal(option_set& set, job_flags& o) {
    add_words(set, o, "HOST JOB SIGNAL, a name as in TERM");
}

void add_logs(option_set& set, job_flags& o) {
    set.own_flag("-f,--follow", o.follow, "go on with what it writes, until it ends");
    set.own_value("--head", o.typed.head, "the first lines that are kept; with --tail both, and not what lies between")
        ->type_name("LINES")
        ->transform(whole_number(0, most_kept));
    set.own_value("-n,--tail", o.typed.tail, "the last lines alone")
        ->type_name("LINES")
        ->transform(whole_number(0, most_kept));
    add_one(set, o);
}

void add_attach(option_set& set, job_flags& o) {
    set.own_flag("-i,--stdin", o.with_stdin, "pass standard input on; of a job with a terminal that is the rule");
    set.own_flag("--take-over", o.take_over, "take its stdin from the attachment that writes it");
    set.own_flag("--new", o.only_new, "leave out what it has written until now");
    add_one(set, o);
}

constexpr std::array job_command_list{
    job_command{"job-attach", "Follow a job: tug job attach HOST JOB", add_attach, 1},
    job_command{"job-logs", "What a job has written: tug job logs HOST JOB, or tug logs", add_logs, 1},
    job_command{"job-ls", "List jobs", add_job_ls, 0},
    job_command{"job-status", "Say how a job is", add_one, 1},
    job_command{"job-wait", "Wait for a job and end as it did", add_one, 1},
    job_command{"job-signal", "Send a signal to a job: tug job signal HOST JOB TERM", add_signal, 2},
    job_command{"job-cancel", "End a job and all its processes", add_one, 1},
    job_command{"job-rm", "Forget a job that has ended", add_one, 1},
};

} // namespace

std::span<const job_command> job_commands() {
    return job_command_list;
}

bool is_job_command(std::string_view name) {
    return name == "job-start" || std::ranges::any_of(job_command_list, [&](const auto& c) { return name == c.name; });
}

std::string with_words_as_typed(std::string help) {
    const auto respell = [&](const std::string& name) {
        for (auto at = help.find(name); at != std::string::npos; at = help.find(name, at)) help[at + 3] = ' ';
    };
    respell("job-start");
    for (const auto& c : job_command_list) respell(c.name);
    return help;
}

std::string job_help() {
    std::string out =
        "What outlives its connection: a command that tugd starts, keeps the output of, and tells the end of\n"
        "Usage: tug job COMMAND [OPTIONS] ...\n\nCommands:\n";
    const auto line = [&](std::string_view name, std::string_view what) {
        out.append("  ").append(name.substr(4)).append(10 - (name.size() - 4), ' ').append(what).append("\n");
    };
    line("job-start", job_start_what);
    for (const auto& c : job_command_list) line(c.name, c.what);
    return out + "\n`tug help job COMMAND` shows examples and options.\n";
}

void add_job_start(option_set& set, job_flags& o) {
    set.own_value("--name", o.name, "what it is called; started again under its name it is the same job")
        ->type_name("JOB");
    set.own_value("--keep-bytes", o.typed.keep_bytes, "of each output (64 MiB)")
        ->type_name("BYTES")
        ->transform(whole_number(0, most_kept));
    set.own_value("--keep-for", o.typed.keep_for, "after its end (3600)")
        ->type_name("SECONDS")
        ->transform(seconds(0, 31'536'000));
    set.own_value("--overflow", o.typed.overflow, "where it writes more: drop the oldest, or end it")
        ->type_name("drop|end")
        ->check(CLI::IsMember({"drop", "end"}));
}

std::optional<std::string> take_job(std::string_view command, job_flags& o) {
    o.keep_bytes = o.typed.keep_bytes;
    o.head = o.typed.head;
    o.tail = o.typed.tail;
    if (o.head && !o.tail && o.follow)
        throw usage_error("both --head and --follow are given", "leave one of them out, or give --tail too");
    o.end_at_limit = o.typed.overflow == "end";
    if (o.typed.keep_for) o.keep_for = milliseconds_of(*o.typed.keep_for);
    if (command == "job-start") return std::nullopt; // HOST and the command are those of exec
    auto& given = o.typed.words;
    const auto* const which = std::ranges::find_if(job_command_list, [&](const auto& c) { return command == c.name; });
    if (given.size() < which->words || given.size() > which->words + 1)
        throw usage_error("there are too many or too few words", std::string("write ") + which->what);
    std::optional<std::string> host;
    if (given.size() > which->words) {
        host = std::move(given.front());
        given.erase(given.begin());
    }
    if (which->words > 0) o.name = std::move(given.front());
    if (which->words > 1) o.signal = std::move(given.back());
    return host;
}

} // namespace tug::cli

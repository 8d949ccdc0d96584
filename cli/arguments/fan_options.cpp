#include "fan_options.hpp"

#include "cli/hosts/host_names.hpp"
#include "cli/local/report.hpp"
#include "option_set.hpp"
#include "options.hpp"
#include "target.hpp"
#include "text_file.hpp"
#include "usage_error.hpp"

#include <charconv>
#include <unordered_set>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::uint64_t most_parallel = 10'000;

/// Groups and patterns of the configuration stand for their hosts.
std::vector<std::string> named_hosts(const host_config& config, const std::vector<std::string>& words) {
    std::vector<std::string> out;
    std::unordered_set<std::string> seen;
    for (const auto& word : words)
        for (auto& host : config.hosts_of(word))
            if (seen.insert(host).second) out.push_back(std::move(host));
    return out;
}

/// A path that every host has: `/path`, or `:/path` as one writes it where the host is told otherwise.
std::string path_alone(const std::string& typed) {
    if (typed.starts_with(':')) return typed.substr(1);
    if (is_remote(typed))
        throw usage_error(quoted_name(typed) + " names a host, and --on does", "write the path alone, as in :/path");
    return typed;
}

void take_paths_of_hosts(options& o) {
    if (o.command == "put" || o.command == "get") {
        o.file.remote = path_alone(o.file.remote);
        o.file.path_only = true;
    }
    if (o.command == "get" && o.file.local == "-")
        throw usage_error("the files of many hosts go into one directory for each host", "name a directory");
    if (o.command == "sync")
        for (const auto& word : o.copy.paths)
            if (is_remote(word)) (void)path_alone(word);
}

void refuse_what_needs_one_host(const options& o) {
    if (o.host.unix_typed) throw usage_error("both --unix and --on are given", "leave one of them out");
    if (o.host_text)
        throw usage_error("both --on and the host " + quoted_name(*o.host_text) + " are given",
                          "leave one of them out");
    if (o.exec.terminal) throw usage_error("many hosts have no terminal in common", "leave -t or --on out");
    if (o.exec.with_stdin)
        throw usage_error("standard input goes to one host", "put a file on all of them first, and read that");
    if (o.command != "sync" && (!o.copy.paths.empty() || !o.source.files_from.empty()))
        throw usage_error("several sources go to one host", "put a directory, or give one source with --on");
    if (o.copy.itemize) throw usage_error("the changes of one host are listed, and --on names many", "leave -i out");
    if (o.fan.fold && o.fan.group) throw usage_error("both --fold and --group are given", "leave one of them out");
    if (o.fan.fold && o.json)
        throw usage_error("--json tells of each host by itself, and --fold of many at once", "leave one of them out");
}

} // namespace

bool is_fan_command(std::string_view command) {
    return command == "exec" || command == "put" || command == "get" || command == "sync" || command == "ping" ||
           command == "job-start";
}

void add_fan(option_set& set, fan_options& o, bool has_output) {
    set.own_list("--on", o.typed.on, "in the place of HOST, all of these: a,b,web[1-20]; repeatable")
        ->type_name("HOSTS");
    set.own_value("--hosts-file", o.typed.hosts_file, "the same from a file, or - for standard input")
        ->type_name("FILE");
    set.own_value("--parallel", o.parallel, "so many hosts at once (256)")
        ->type_name("N")
        ->transform(whole_number(1, most_parallel));
    set.own_value("--batch", o.typed.batch, "so many hosts, then the next ones; also 25%")->type_name("N");
    set.own_flag("--fail-fast", o.fail_fast, "after a failure no more hosts begin");
    if (!has_output) return;
    set.own_flag("--group", o.group, "the output of a host together, when it has ended");
    set.own_flag("--fold", o.fold, "equal outputs once, for all their hosts");
}

void take_fan(options& o) {
    auto& fan = o.fan;
    const auto& typed = fan.typed;
    std::string all;
    for (const auto& list : typed.on) all.append(list).append("\n");
    if (!typed.hosts_file.empty()) all.append(read_text_file("--hosts-file", typed.hosts_file));
    fan.hosts = split_hosts(all);
    if (fan.hosts.empty() && (!typed.on.empty() || !typed.hosts_file.empty()))
        throw usage_error("the list of hosts is empty", "name at least one, as in --on web1,web2");
    if (!fan.many()) {
        if (!typed.batch.empty() || fan.fail_fast || fan.fold || fan.group)
            throw usage_error("--batch, --fail-fast, --fold and --group are for many hosts", "name them by --on");
        return;
    }
    if (o.hosts) fan.hosts = named_hosts(*o.hosts, fan.hosts);
    refuse_what_needs_one_host(o);
    if (!typed.batch.empty()) fan.batch = batch_of(typed.batch, fan.hosts.size());
    take_paths_of_hosts(o);
}

std::size_t batch_of(const std::string& text, std::size_t hosts) {
    std::size_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, ec] = std::from_chars(text.data(), end, value);
    const bool percent = at != end && std::string_view(at, end) == "%";
    if (ec != std::errc() || (at != end && !percent) || value == 0 || (percent && value > 100))
        throw usage_error("--batch: " + quoted_name(text) + " is no number of hosts", "give one as in 8, or 25%");
    return percent ? (hosts * value + 99) / 100 : value;
}

} // namespace tug::cli

// tug --complete: what complete_line() says, with the names that hosts tell.

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/options.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/hosts/host_config.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/report.hpp"
#include "complete_line.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

using names = name_source::names;

/// How long a person waits for a Tab, and how many names are of use.
constexpr std::chrono::seconds patience{2};
constexpr std::size_t most_names = 1'000;

asio::awaitable<void> list_files(client& on, std::string directory, names& to) {
    if (directory.empty()) directory = ".";
    auto all = co_await on.files().list(std::move(directory), depth::one);
    while (to.size() < most_names) {
        const auto entry = co_await all.next();
        if (!entry) co_return;
        const bool is_directory = entry->info && entry->info->type == file_type::directory;
        to.push_back(entry->path + (is_directory ? "/" : ""));
    }
}

asio::awaitable<void> list_jobs(client& on, names& to) {
    auto all = co_await on.jobs().list();
    while (to.size() < most_names) {
        const auto job = co_await all.next();
        if (!job) co_return;
        to.push_back(job->name);
    }
}

using question = std::function<asio::awaitable<void>(client&, names&)>;

asio::awaitable<void> ask(options o, invocation& s, question what, names& to) {
    const auto host = address_of(o);
    o = for_host(std::move(o), host);
    auto there = co_await connect(o, s, host);
    co_await what(there, to);
}

/// What a host says; nothing where it does not answer soon, whatever the reason. The program ends without having
/// joined what hangs, so all of it lives on.
names ask_host(const std::vector<std::string>& flags, const std::string& host, question what) {
    static const auto io = new asio::io_context(1);
    static const auto s = new invocation(*io);
    const auto found = new names;
    auto line = flags;
    line.emplace_back("ping");
    if (!host.empty()) line.push_back(host);
    auto o = parse_command_line(line);
    bool ended = false;
    asio::co_spawn(*io, ask(std::move(o), *s, std::move(what), *found), [&](const std::exception_ptr&) {
        ended = true;
        io->stop();
    });
    io->run_for(patience);
    return ended ? std::move(*found) : names();
}

names hosts() {
    return host_config::load(environment("TUG_CLIENT_CONFIG")).names();
}

/// One line, and no order to a terminal.
std::string line_of(const candidate& c) {
    return c.about.empty() ? c.text + "\n" : c.text + "\t" + printable(c.about) + "\n";
}

} // namespace

int print_completions(const std::string& line) {
    name_source from;
    from.hosts = hosts;
    from.jobs = [](const auto& flags, const auto& host) { return ask_host(flags, host, list_jobs); };
    from.files = [](const auto& flags, const auto& host, const auto& directory) {
        const question list = [directory](client& on, names& to) { return list_files(on, directory, to); };
        return ask_host(flags, host, list);
    };
    std::string text;
    try {
        const auto found = complete_line(line, from);
        for (const auto& c : found.words)
            if (printable(c.text) == c.text) text += line_of(c);
        if (found.local_files) text += ":files\n";
    } catch (const std::exception&) {
        text.clear(); // a Tab is no place for messages
    }
    const bool written = print_text(text);
    std::_Exit(written ? exit_code::success : exit_code::failed);
}

} // namespace tug::cli

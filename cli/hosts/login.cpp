#include "login.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"
#include "connection_settings.hpp"

#include <tug/error.hpp>

#include <boost/json/object.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace tug::cli {

namespace {

/// `# ` behind a name or a value, and what a shell would split, stands in quotes.
std::string quoted_value(const std::string& value) {
    const bool plain = value.find_first_of(" \t#'\"\\=") == std::string::npos && !value.empty();
    return plain ? value : quoted_name(value);
}

std::string absolute(const std::string& path) {
    return path == "none" ? path : fs::absolute(path).lexically_normal().string();
}

void check_name(const std::string& name) {
    const auto is_bad = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
    if (name.empty() || name.find_first_of("*?!@:/#'\"\\=") != std::string::npos || std::ranges::any_of(name, is_bad))
        throw usage_error(quoted_name(name) + " cannot be the name of a host",
                          "write tug login NAME [ADDRESS], NAME of letters, digits, dots and dashes");
}

void check_new(const options& o, const std::string& name) {
    const auto& names = o.hosts->names();
    if (std::ranges::find(names, name) != names.end())
        throw usage_error(quoted_name(name) + " is in the configuration already",
                          "change it there: " + o.hosts->files().front());
    if (o.hosts->files().empty() && user_config_file().empty())
        throw usage_error("HOME is not set", "set it: the configuration of the user is below it");
}

/// The answer to a question; `usual` where it is an empty line.
std::string ask(const std::string& question, const std::string& usual) {
    std::cerr << question << (usual.empty() ? "" : " [" + printable(usual) + "]") << ": " << std::flush;
    std::string answer;
    if (!std::getline(std::cin, answer))
        throw usage_error("the question was not answered", "say it by flags: see tug login --help");
    const auto begin = answer.find_first_not_of(" \t");
    if (begin == std::string::npos) return usual;
    return answer.substr(begin, answer.find_last_not_of(" \t") - begin + 1);
}

std::string with_home(const std::string& path) {
    return path.starts_with("~/") ? environment("HOME").value_or("") + path.substr(1) : path;
}

void ask_for_tls(options& o) {
    const auto to = tug::address::parse(o.names.back());
    if (!to || to.value().is_unix() || to.value().host.starts_with("127.") || to.value().host == "localhost") return;
    if (tls_of(settings_for(o, o.names.front()).tls)) return;
    const auto ca = ask("TLS: the file of the CA, system for those of the system, none for no TLS", "system");
    if (ca == "system")
        o.tls.on = true;
    else if (ca != "none")
        o.tls.ca = with_home(ca);
}

/// What the configuration says of an address already, as it stands there; else the name.
std::string usual_address(const options& o, const std::string& name) {
    const auto known = o.hosts->settings_of(name);
    const auto at = known.find("address");
    return at == known.end() ? name : at->second;
}

} // namespace

options ask_for_login(options o) {
    if (o.names.empty() || o.names.size() > 2)
        throw usage_error("tug login takes a name and an address", "write tug login NAME [ADDRESS]");
    const auto& name = o.names.front();
    check_name(name);
    check_new(o, name);
    const bool asks = !o.quiet && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
    const auto usual = usual_address(o, name);
    if (o.names.size() == 1)
        o.names.push_back(asks ? ask("Address of " + name + ", HOST, HOST:PORT or unix:PATH", usual) : usual);
    if (!asks) return o;
    if (settings_for(o, name).key_file.empty())
        o.key_file = with_home(ask("Key file, which `tug keygen` made and the host has too", "none"));
    ask_for_tls(o);
    return o;
}

std::string block_for(const options& o, const std::string& name, const std::string& address, const host_values& known) {
    std::string out = "host " + name + "\n";
    const auto add = [&](const std::string& key, const std::string& value) {
        const auto there = known.find(key);
        if (value.empty() || (there != known.end() && there->second == value)) return;
        out.append("    ").append(key).append(" ").append(quoted_value(value)).append("\n");
    };
    const auto path = [](const std::string& file) { return file.empty() ? file : absolute(file); };
    if (address != name || known.contains("address")) add("address", address);
    add("key-file", path(o.key_file));
    add("key", o.key_id);
    if (o.key_readers == secret_readers::any) add("key-file-mode", "any");
    if (o.tls.on) add("tls", "yes");
    add("tls-ca", path(o.tls.ca));
    add("tls-server-name", o.tls.server_name);
    add("tls-cert", path(o.tls.certificate));
    add("tls-key", path(o.tls.key));
    return out;
}

namespace {

/// The file that is written: the first that was read, unless that is the one of the system.
std::string file_for(const host_config& config) {
    const auto& files = config.files();
    return files.empty() || files.front() == "/etc/tug/config" ? user_config_file() : files.front();
}

/// The options of a later `tug` without flags, for which the block is already there.
options as_written(const options& o, const std::string& file, const std::string& block) {
    host_config config;
    config.add(block, file);
    for (const auto& one : o.hosts->files()) config.add(config_text(one), one);
    options later;
    later.command = o.command;
    later.timeout = o.timeout;
    later.hosts = std::make_shared<const host_config>(std::move(config));
    return later;
}

std::string explanation(const client& on, const options& later, const std::string& name) {
    const auto how = settings_for(later, name);
    auto out = name + " answers: " + on.server() + ". ";
    out += how.key_file.empty() ? "It lets in who has no key."
                                : "It has proved that it has your key: nothing has to be trusted at the first use.";
    if (!tls_of(how.tls) && !how.address.starts_with("unix:")) out += " There is no TLS: see tug doctor " + name + ".";
    return out + "\n";
}

asio::awaitable<int> test_and_write(const options& o, invocation& s) {
    const auto& name = o.names.front();
    const auto file = file_for(*o.hosts);
    const auto block = block_for(o, name, resolve_host(o.names.back(), o.host), o.hosts->settings_of(name));
    const auto later = as_written(o, file, block);
    auto on = co_await connect_alone(later, s, name);
    co_await on.ping();
    write_config_block(file, block);
    if (o.json) {
        const boost::json::object done{{"host", name}, {"file", file}, {"block", block}, {"server", on.server()}};
        co_return print_json(done) ? exit_code::success : exit_code::failed;
    }
    const auto text = explanation(on, later, name) + "Written at the beginning of " + quoted_name(file) + ":\n\n" +
                      block + "\nA shell there: tug " + name + "; how it is: tug doctor " + name + "\n";
    co_return o.quiet || print_text(text) ? exit_code::success : exit_code::failed;
}

} // namespace

asio::awaitable<int> login(const options& o, invocation& s) {
    try {
        auto call = test_and_write(o, s);
        co_return co_await s.ctl.run(std::move(call), o.timeout);
    } catch (...) {
        co_return report_failure(o, s.ctl);
    }
}

} // namespace tug::cli

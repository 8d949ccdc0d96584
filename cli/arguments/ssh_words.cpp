#include "ssh_words.hpp"

#include "cli/local/report.hpp"
#include "options.hpp"
#include "usage_error.hpp"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace tug::cli {

namespace {

/// Flags of ssh(1) that change nothing here: how ssh encrypts, logs, checks host keys, shares connections.
constexpr std::string_view skipped = "1246aACkKMqvxXyY";
constexpr std::string_view skipped_with_value = "bBcEImPS";

/// What tug cannot do, or does by another name.
constexpr std::array<std::pair<char, std::string_view>, 3> refused{
    {{'f', "going to the background"}, {'O', "control of a shared connection"}, {'w', "a tunnel device"}}};

/// Options of ssh_config(5) behind -o that change nothing here.
constexpr std::array<std::string_view, 51> skipped_options{"addkeystoagent",
                                                           "addressfamily",
                                                           "batchmode",
                                                           "canonicalizehostname",
                                                           "certificatefile",
                                                           "challengeresponseauthentication",
                                                           "checkhostip",
                                                           "ciphers",
                                                           "compression",
                                                           "connectionattempts",
                                                           "connecttimeout",
                                                           "controlmaster",
                                                           "controlpath",
                                                           "controlpersist",
                                                           "enablesshkeysign",
                                                           "exitonforwardfailure",
                                                           "fingerprinthash",
                                                           "forwardagent",
                                                           "forwardx11",
                                                           "forwardx11timeout",
                                                           "forwardx11trusted",
                                                           "globalknownhostsfile",
                                                           "gssapiauthentication",
                                                           "gssapidelegatecredentials",
                                                           "hashknownhosts",
                                                           "hostbasedauthentication",
                                                           "hostkeyalgorithms",
                                                           "hostkeyalias",
                                                           "identitiesonly",
                                                           "identityagent",
                                                           "ipqos",
                                                           "kbdinteractiveauthentication",
                                                           "kexalgorithms",
                                                           "loglevel",
                                                           "macs",
                                                           "nohostauthenticationforlocalhost",
                                                           "numberofpasswordprompts",
                                                           "passwordauthentication",
                                                           "permitlocalcommand",
                                                           "preferredauthentications",
                                                           "protocol",
                                                           "pubkeyacceptedalgorithms",
                                                           "pubkeyacceptedkeytypes",
                                                           "pubkeyauthentication",
                                                           "serveralivecountmax",
                                                           "serveraliveinterval",
                                                           "stricthostkeychecking",
                                                           "tcpkeepalive",
                                                           "updatehostkeys",
                                                           "userknownhostsfile",
                                                           "visualhostkey"};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

class reader {
public:
    explicit reader(const words& given) : rest_(given.begin()), end_(given.end()) {}

    ssh_words all() {
        take_flags();
        if (rest_ == end_ && !out_.shows_version)
            throw usage_error("no host is named", "write tug rsh [FLAGS] [USER@]HOST [CMD...]");
        if (rest_ != end_) take_host(*rest_++);
        take_flags(); // ssh takes them behind the host too
        if (no_forwarding_) out_.forward = {};
        for (; rest_ != end_; ++rest_) {
            if (out_.line)
                out_.line->push_back(' ');
            else
                out_.line.emplace();
            out_.line->append(*rest_);
        }
        return std::move(out_);
    }

private:
    void take_flags() {
        while (rest_ != end_ && rest_->size() > 1 && rest_->starts_with('-')) {
            const auto& word = *rest_++;
            if (word == "--") return;
            if (word.starts_with("--"))
                throw usage_error(quoted_name(word) + " is no flag of ssh",
                                  "write flags of tug before HOST, or before rsh");
            for (at_ = 1; at_ < word.size(); ++at_) take_flag(word);
        }
    }

    /// The value of a flag: the rest of its word, else the next one.
    std::string value(const std::string& word) {
        const auto flag = word.substr(at_, 1);
        auto text = word.substr(at_ + 1);
        at_ = word.size();
        if (!text.empty()) return text;
        if (rest_ == end_) throw usage_error("-" + flag + " needs a value", "write it behind the flag");
        return *rest_++;
    }

    /// What stands first is used, as by ssh.
    void flag(const std::string& name, const std::string& value) {
        if (std::ranges::none_of(out_.flags, [&](const auto& given) { return given.starts_with(name); }))
            out_.flags.push_back(name + value);
    }

    void take_flag(const std::string& word) {
        using enum ssh_words::tty;
        const char c = word[at_];
        switch (c) {
        case 'p': return flag("--port=", value(word));
        case 'l': return flag("--user=", value(word));
        case 'i': return flag("--key-file=", value(word));
        case 'e': return flag("--escape=", value(word));
        case 'F': return take_config(value(word));
        case 'o': return take_option(value(word));
        case 'J': return flag("--jump=", value(word));
        case 'L': return out_.forward.local_texts.push_back(value(word));
        case 'R': return out_.forward.remote_texts.push_back(value(word));
        case 'D': return out_.forward.dynamic_texts.push_back(value(word));
        case 'W': return (void)(out_.forward.stdio_text = value(word));
        case 'N': out_.forward.nothing_run = true; return;
        case 'g': out_.forward.gateway_ports = true; return;
        case 'T': out_.terminal = no; return;
        case 't': out_.terminal = out_.terminal == wanted ? forced : wanted; return;
        case 's': out_.subsystem = true; return;
        case 'n': out_.no_input = true; return;
        case 'G': out_.shows_host = true; return;
        case 'V': out_.shows_version = true; return;
        default: break;
        }
        if (skipped_with_value.find(c) != std::string_view::npos) return (void)value(word);
        if (skipped.find(c) != std::string_view::npos) return;
        for (const auto& [name, what] : refused)
            if (c == name)
                throw usage_error(std::string("-") + c + " asks for " + std::string(what), "tug rsh cannot do that");
        throw usage_error(std::string("-") + c + " is no flag of ssh that tug knows", "leave it out");
    }

    void take_config(const std::string& file) { flag("--config=", file == "/dev/null" ? "none" : file); }

    /// -o NAME=VALUE
    void take_option(const std::string& text) {
        const auto end = std::min(text.find_first_of("= "), text.size());
        const auto name = lower(text.substr(0, end));
        auto value = text.substr(std::min(text.find_first_not_of("= ", end), text.size()));
        if (name == "port") return flag("--port=", value);
        if (name == "user") return flag("--user=", value);
        if (name == "identityfile") return flag("--key-file=", value);
        if (name == "escapechar") return flag("--escape=", value);
        if (name == "proxyjump") return flag("--jump=", value);
        if (name == "localforward") return out_.forward.local_texts.push_back(with_colon(value));
        if (name == "remoteforward") return out_.forward.remote_texts.push_back(with_colon(value));
        if (name == "dynamicforward") return out_.forward.dynamic_texts.push_back(value);
        if (name == "gatewayports") return (void)(out_.forward.gateway_ports = lower(value) == "yes");
        if (name == "clearallforwardings") return (void)(no_forwarding_ = lower(value) == "yes");
        if (name == "setenv") return out_.flags.push_back("--env=" + value);
        if (name == "sendenv") return send_variables(value);
        if (name == "stdinnull") return (void)(out_.no_input = lower(value) == "yes");
        if (name == "requesttty") return request_tty(lower(value));
        if (std::ranges::find(skipped_options, name) != skipped_options.end()) return;
        throw usage_error("-o " + quoted_name(name) + " is an option of ssh that means nothing here", "leave it out");
    }

    /// `PORT HOST:PORT`, as ssh_config(5) has it, as on the command line.
    static std::string with_colon(std::string text) {
        if (const auto blank = text.find(' '); blank != std::string::npos)
            text.replace(blank, text.find_first_not_of(' ', blank) - blank, ":");
        return text;
    }

    void send_variables(const std::string& patterns) {
        for (char** at = ::environ; *at != nullptr; ++at) {
            const std::string_view entry = *at;
            const std::string name(entry.substr(0, entry.find('=')));
            for (std::size_t begin = 0; begin < patterns.size();) {
                const auto end = std::min(patterns.find(' ', begin), patterns.size());
                if (::fnmatch(patterns.substr(begin, end - begin).c_str(), name.c_str(), 0) == 0) send_once(entry);
                begin = end + 1;
            }
        }
    }

    void send_once(std::string_view entry) {
        auto word = "--env=" + std::string(entry);
        if (std::ranges::find(out_.flags, word) == out_.flags.end()) out_.flags.push_back(std::move(word));
    }

    void request_tty(const std::string& how) {
        using enum ssh_words::tty;
        out_.terminal = how == "no" ? no : how == "yes" ? wanted : how == "force" ? forced : automatic;
    }

    /// [USER@]HOST, or ssh://[USER@]HOST[:PORT]
    void take_host(std::string text) {
        constexpr std::string_view scheme = "ssh://";
        if (text.starts_with(scheme)) text.erase(0, scheme.size());
        if (const auto at = text.rfind('@'); at != std::string::npos) {
            flag("--user=", text.substr(0, at));
            text.erase(0, at + 1);
        }
        if (text.ends_with('/')) text.pop_back();
        out_.host = std::move(text);
    }

    words::const_iterator rest_;
    words::const_iterator end_;
    bool no_forwarding_ = false;
    std::size_t at_ = 0; ///< The letter of the word that is read.
    ssh_words out_;
};

} // namespace

ssh_words read_ssh_words(const words& given) {
    return reader(given).all();
}

} // namespace tug::cli

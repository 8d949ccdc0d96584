// How the files of the configuration are found, checked and read.

#include "cli/arguments/options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/arguments/words.hpp"
#include "cli/local/report.hpp"
#include "host_config.hpp"
#include "host_keys.hpp"

#include <tug/error.hpp>
#include <tug/os/private_file.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace tug::cli {

/// Reads one file, line by line.
class host_config_reader {
public:
    host_config_reader(host_config& into, const std::string& file)
        : into_(into),
          file_(file),
          place_{std::filesystem::absolute(file).parent_path().string(), environment("HOME").value_or("")} {}

    void read(std::string_view text) {
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line.size() + 1, text.size()));
            ++number_;
            take(words_of(line));
        }
        check_groups();
    }

private:
    [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
        throw usage_error(quoted_name(file_) + ":" + std::to_string(number_) + ": " + what, remedy);
    }

    std::vector<std::string> words_of(std::string_view line) const {
        try {
            return split_words(line);
        } catch (const usage_error& e) {
            fail(e.what(), e.remedy());
        }
    }

    /// `key value`, `key = value` and `key=value` say the same; the case of the key says nothing.
    void take(std::vector<std::string> words) {
        if (words.empty()) return;
        if (const auto equals = words[0].find('='); equals != std::string::npos && equals > 0) {
            words.insert(words.begin() + 1, words[0].substr(equals + 1));
            words[0].resize(equals);
            if (words[1].empty()) words.erase(words.begin() + 1);
        } else if (words.size() > 1 && words[1] == "=") {
            words.erase(words.begin() + 1);
        }
        std::ranges::transform(words[0], words[0].begin(), [](unsigned char c) { return std::tolower(c); });
        const auto key = words[0];
        words.erase(words.begin());
        if (key == "host") return begin_host(std::move(words));
        if (key == "group") return take_group(std::move(words));
        take_value(key, words);
    }

    void begin_host(std::vector<std::string> patterns) {
        if (patterns.empty()) fail("host names none", "write host NAME..., or host * for all");
        for (const auto& one : patterns) {
            if (one.empty()) fail("a name is empty", "write host NAME...");
            if (one.starts_with('@')) used_groups_.emplace_back(one.substr(1), number_);
            if (one.find_first_of("*?!@") != std::string::npos) continue;
            if (std::ranges::find(into_.names_, one) == into_.names_.end()) into_.names_.push_back(one);
        }
        into_.blocks_.push_back({std::move(patterns), {}});
        in_host_ = true;
    }

    void take_group(std::vector<std::string> words) {
        in_host_ = false;
        if (words.size() < 2) fail("a group has no members", "write group NAME HOST...");
        if (words[0] == "all" || words[0].find_first_of("*?!@,") != std::string::npos || words[0].empty())
            fail(quoted_name(words[0]) + " cannot be the name of a group", "name it by letters and digits, not all");
        auto& members = into_.groups_[words[0]];
        for (auto at = words.begin() + 1; at != words.end(); ++at) {
            if (at->starts_with('@')) used_groups_.emplace_back(at->substr(1), number_);
            members.push_back(std::move(*at));
        }
    }

    void take_value(const std::string& key, std::vector<std::string>& values) {
        if (!is_host_key(key)) {
            const auto meant = meant_host_key(key);
            fail(quoted_name(key) + " is no key", meant.empty() ? "see tug-config(5)" : "did you mean " + meant + "?");
        }
        if (!in_host_) fail(key + " stands in no host block", "write it below host NAME, or below host * at the end");
        if (values.size() != 1)
            fail(key + (values.empty() ? " has no value" : " has more than one value"),
                 "write one, in quotes where it holds blanks");
        if (const auto wrong = take_host_value(key, values[0], place_); !wrong.empty())
            fail(key + ": " + wrong, "correct it");
        if (!into_.blocks_.back().values.emplace(key, values[0]).second)
            fail(key + " is given twice in this block", "leave one of them out");
    }

    void check_groups() {
        for (const auto& [name, line] : used_groups_) {
            number_ = line;
            if (name != "all" && !into_.groups_.contains(name))
                fail("there is no group " + quoted_name(name), "write group " + name + " HOST...");
        }
    }

    host_config& into_;
    std::string file_;
    config_place place_;
    std::size_t number_ = 0;
    bool in_host_ = false;
    std::vector<std::pair<std::string, std::size_t>> used_groups_; ///< With their lines; they may be made further down.
};

namespace {

constexpr auto system_config_file = "/etc/tug/config";

void read_file(host_config& into, const std::string& file) {
    const auto text = os::read_private_file(file, errc::bad_key_file, secret_readers::any);
    if (!text) throw usage_error(text.error().message, "mend it, or do without by --config none");
    into.add(text.value().view(), file);
}

/// A file that need not be there.
bool is_there(const std::string& file) {
    return ::access(file.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

} // namespace

void host_config::add(std::string_view text, const std::string& file) {
    host_config_reader(*this, file).read(text);
    files_.push_back(file);
}

std::string user_config_file() {
    if (const auto xdg = environment("XDG_CONFIG_HOME"); xdg && xdg->starts_with('/')) return *xdg + "/tug/config";
    const auto home = environment("HOME");
    return home ? *home + "/.config/tug/config" : "";
}

host_config host_config::load(const std::optional<std::string>& file) {
    host_config out;
    if (file) {
        if (*file != "none") read_file(out, *file);
        return out;
    }
    if (const auto own = user_config_file(); !own.empty() && is_there(own)) read_file(out, own);
    // Where the administrator keeps the directory to himself the file is not for this user.
    if (::access(system_config_file, R_OK) == 0) read_file(out, system_config_file);
    return out;
}

} // namespace tug::cli

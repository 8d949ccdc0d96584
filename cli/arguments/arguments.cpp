#include "arguments.hpp"

#include "cli/local/report.hpp"
#include "job_flags.hpp"
#include "usage_error.hpp"

#include <CLI/CLI.hpp>

#include <string_view>
#include <utility>

namespace tug::cli {

namespace {

const CLI::Option* find(const CLI::App& app, const std::string& name) {
    for (const auto* a = &app; a != nullptr; a = a->get_parent())
        if (const auto* option = a->get_option_no_throw(name)) return option;
    return nullptr;
}

bool looks_like_flag(std::string_view word) {
    return word.size() > 1 && word.starts_with('-') && word != "--";
}

/// What a word that looks like one is.
enum class flag_kind { unknown, alone, with_next };

flag_kind kind_of(const CLI::App& app, const std::string& word) {
    const auto takes_value = [](const CLI::Option& option) { return option.get_items_expected_min() > 0; };
    if (word.starts_with("--")) {
        const auto equals = word.find('=');
        const auto* const option = find(app, word.substr(0, equals));
        if (option == nullptr) return flag_kind::unknown;
        return takes_value(*option) && equals == std::string::npos ? flag_kind::with_next : flag_kind::alone;
    }
    for (std::size_t i = 1; i < word.size(); ++i) { // -it, and -eA=1
        const auto* const option = find(app, {'-', word[i]});
        if (option == nullptr) return flag_kind::unknown;
        if (takes_value(*option)) return i + 1 == word.size() ? flag_kind::with_next : flag_kind::alone;
    }
    return flag_kind::alone;
}

class parting {
public:
    parting(const CLI::App& app, const words& given) : app_(app), rest_(given.begin()), end_(given.end()) {}

    [[nodiscard]] bool done() const { return rest_ == end_; }

    [[nodiscard]] const std::string& next() const { return *rest_; }

    std::string take() { return *rest_++; }

    /// Takes the flags that stand here, with their values. What looks like one and is unknown: with `known_alone` an
    /// error, for it would be a strange name of a program; else left to the parser, which names it.
    void take_flags(bool known_alone) {
        while (!done() && looks_like_flag(next())) {
            const auto kind = kind_of(app_, next());
            if (known_alone && kind == flag_kind::unknown)
                throw usage_error(quoted_name(next()) + " is no flag of `tug " + name() + "`",
                                  "see `tug " + name() + " --help`, or write a command of that name behind --");
            names_hosts_ = names_hosts_ || next().starts_with("--on") || next().starts_with("--hosts-file");
            out.flags.push_back(take());
            if (kind != flag_kind::with_next) continue;
            if (done()) throw usage_error(out.flags.back() + " needs a value", "write it behind the flag");
            out.flags.push_back(take());
        }
    }

    bool take_dashes() {
        if (done() || next() != "--") return false;
        ++rest_;
        return true;
    }

    /// A flag that stands in the place of HOST was taken.
    [[nodiscard]] bool names_hosts() const { return names_hosts_; }

    words take_all() { return {std::exchange(rest_, end_), end_}; }

    parted out;

private:
    /// As it is typed.
    [[nodiscard]] std::string name() const { return with_words_as_typed(app_.get_name()); }

    const CLI::App& app_;
    words::const_iterator rest_;
    words::const_iterator end_;
    bool names_hosts_ = false;
};

} // namespace

parted part_words(const CLI::App& app, const words& given) {
    parting p(app, given);
    while (!p.done()) {
        p.take_flags(false);
        if (p.take_dashes())
            for (auto& word : p.take_all()) p.out.positional.push_back(std::move(word));
        else if (!p.done())
            p.out.positional.push_back(p.take());
    }
    return std::move(p.out);
}

parted part_exec(const CLI::App& app, const words& given, bool has_host) {
    parting p(app, given);
    p.take_flags(false);
    if (!p.take_dashes() && has_host && !p.names_hosts() && !p.done()) {
        p.out.positional.push_back(p.take());
        p.take_flags(true);
        (void)p.take_dashes();
    }
    p.out.command = p.take_all();
    return std::move(p.out);
}

} // namespace tug::cli

#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tug::cli {

/// A check for CLI::Option::transform(): see <tug/os/flag_numbers.hpp>.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest);
[[nodiscard]] CLI::Validator seconds(double lowest, double highest);

/// The flags of one command, each with its environment variable. CLI11 could read the environment too, but it reads it
/// for commands that were not used and does not tell afterwards where a value came from.
///
/// Refers to the app that it was made with.
class option_set {
public:
    explicit option_set(CLI::App& app) : app_(&app) {}

    template <class T>
    CLI::Option* value(const std::string& names, T& into, const std::string& what) {
        return own(app_->add_option(names, into, what));
    }

    /// Repeatable in argv, one value each time: CLI11 would have it take all words up to the next flag. In the
    /// environment commas part the values.
    CLI::Option* list(const std::string& names, std::vector<std::string>& into, const std::string& what) {
        auto* option = own(app_->add_option(names, into, what)->allow_extra_args(false)->take_all());
        owned_.back().list = true;
        return option;
    }

    CLI::Option* flag(const std::string& names, bool& into, const std::string& what) {
        return own(app_->add_flag(names, into, what));
    }

    /// The same two without an environment variable: TUG_ROOT is tugd's, and what a key may do is not left to chance.
    template <class T>
    CLI::Option* own_value(const std::string& names, T& into, const std::string& what) {
        return app_->add_option(names, into, what);
    }

    CLI::Option* own_flag(const std::string& names, bool& into, const std::string& what) {
        return app_->add_flag(names, into, what);
    }

    /// A flag that may have a value behind a `=`; `names` say in braces what it has without, as in
    /// "-z{3},--compress{3}".
    CLI::Option* own_flag_value(const std::string& names, std::string& into, const std::string& what) {
        return app_->add_flag(names, into, what);
    }

    CLI::Option* own_list(const std::string& names, std::vector<std::string>& into, const std::string& what) {
        return app_->add_option(names, into, what)->allow_extra_args(false)->take_all();
    }

    /// -h is a flag of the command, as people know it from elsewhere; --help is left.
    void help_by_word_alone() { app_->set_help_flag("--help", "Print this help message and exit"); }

    /// Has no environment variable.
    CLI::Option* positional(const std::string& name, std::string& into, const std::string& what) {
        return app_->add_option(name, into, what);
    }

    /// At least one.
    CLI::Option* positionals(std::vector<std::string>& into, const std::string& what) {
        return app_->add_option("PATH", into, what)->type_name("")->required();
    }

    /// Any number, told apart by the caller.
    CLI::Option* words(std::vector<std::string>& into, const std::string& what) {
        return app_->add_option("WORDS", into, what)->type_name("");
    }

    /// Gives every flag that was not typed the value of its variable. Throws usage_error for a value that does not fit.
    void apply_environment();

    /// Whether it has a value, from anywhere. `name` with its dashes.
    [[nodiscard]] bool given(const std::string& name) const;

    /// Whether it stood in argv.
    [[nodiscard]] bool typed(const std::string& name) const;

    [[nodiscard]] std::string name() const { return app_->get_name(); }

    [[nodiscard]] bool used() const { return app_->count() > 0 || app_->get_parent() == nullptr; }

    /// Answers for the flags of `other` too.
    void join(const option_set& other) { owned_.insert(owned_.end(), other.owned_.begin(), other.owned_.end()); }

private:
    struct entry {
        CLI::Option* option;
        std::string variable;
        bool list = false;
        bool from_environment = false;
    };

    CLI::Option* own(CLI::Option* option);
    [[nodiscard]] const entry* find(const std::string& name) const;

    CLI::App* app_;
    std::vector<entry> owned_;
};

/// Parses, then applies the environment to the commands that were used. The text to print where help or the version was
/// asked for, else empty. Throws usage_error.
[[nodiscard]] std::string run_parser(CLI::App& app, const std::vector<std::string>& words, std::span<option_set> sets);

} // namespace tug::cli

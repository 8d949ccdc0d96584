#include "option_set.hpp"

#include "job_flags.hpp"
#include "options.hpp"
#include "usage_error.hpp"

#include <tug/os/flag_numbers.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace tug::cli {

namespace {

/// --key-file -> TUG_KEY_FILE
std::string variable_of(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "TUG_" + name;
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string remedy_for(const CLI::App& app) {
    const auto used = app.get_subcommands();
    const auto command = used.empty() ? std::string() : " " + with_words_as_typed(used.front()->get_name());
    return "see `" + app.get_name() + command + " --help`";
}

/// "a,b" -> a b
std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

} // namespace

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
}

CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest) {
    return {[=](std::string& text) { return os::take_whole_number(text, lowest, highest); }, ""};
}

CLI::Validator seconds(double lowest, double highest) {
    return {[=](std::string& text) { return os::take_seconds(text, lowest, highest); }, ""};
}

CLI::Option* option_set::own(CLI::Option* option) {
    owned_.push_back({option, variable_of(option->get_lnames().front())});
    return option;
}

const option_set::entry* option_set::find(const std::string& name) const {
    for (const auto& e : owned_)
        if (e.option->check_name(name)) return &e;
    return nullptr;
}

bool option_set::given(const std::string& name) const {
    const auto* e = find(name);
    return e != nullptr && e->option->count() > 0;
}

bool option_set::typed(const std::string& name) const {
    const auto* e = find(name);
    return e != nullptr && e->option->count() > 0 && !e->from_environment;
}

void option_set::apply_environment() {
    for (auto& e : owned_) {
        if (e.option->count() > 0) continue;
        const auto value = environment(e.variable);
        if (!value) continue;
        try {
            for (const auto& one : e.list ? split(*value) : std::vector{*value}) e.option->add_result(one);
            e.option->run_callback();
        } catch (const CLI::ValidationError& error) {
            const std::string text = error.what(); // "--flag: what is wrong"
            throw usage_error(e.variable + text.substr(std::min(text.find(':'), text.size())),
                              "correct it or unset it");
        } catch (const CLI::Error&) {
            throw usage_error(e.variable + " has the value '" + one_line(*value) + "', which does not fit",
                              "correct it or unset it");
        }
        e.from_environment = true;
    }
}

std::string run_parser(CLI::App& app, const std::vector<std::string>& words, std::span<option_set> sets) {
    try {
        app.parse(std::vector(words.rbegin(), words.rend())); // CLI11 takes them from the back
    } catch (const CLI::CallForHelp&) {
        return app.help();
    } catch (const CLI::CallForAllHelp&) {
        return app.help("", CLI::AppFormatMode::All);
    } catch (const CLI::CallForVersion& version) {
        return std::string(version.what()) + "\n";
    } catch (const CLI::ParseError& error) {
        throw usage_error(one_line(error.what()), remedy_for(app));
    }
    for (auto& set : sets)
        if (set.used()) set.apply_environment();
    return {};
}

} // namespace tug::cli

#include "known_flags.hpp"

#include "inspect_options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace tug::cli {

known_flags::known_flags(const std::string& command) {
    const auto take = [this](const CLI::App& app) {
        for (const auto* option : app.get_options([](const CLI::Option* o) { return o->nonpositional(); })) {
            const auto value = option->get_items_expected_max() > 0 ? option->get_type_name() + " " : std::string();
            for (const auto& name : option->get_lnames())
                flags_.push_back({"--" + name, option->get_description(), value});
            for (const auto& name : option->get_snames())
                flags_.push_back({"-" + name, option->get_description(), value});
        }
    };
    inspect_options(command.empty() ? "ping" : command, [&](const CLI::App& app) {
        take(app);
        if (const auto used = app.get_subcommands({}); !command.empty() && !used.empty()) take(*used.front());
    });
}

const known_flags::flag* known_flags::find(std::string_view name) const {
    const auto at = std::ranges::find(flags_, name, &flag::name);
    return at == flags_.end() ? nullptr : &*at;
}

bool known_flags::takes_next(std::string_view word) const {
    const auto* f = find(word);
    return f != nullptr && !f->value.empty();
}

bool known_flags::takes_file(std::string_view word) const {
    constexpr std::array<std::string_view, 3> files{"FILE", "SOCKET", "LOCAL"};
    const auto* f = find(word);
    return f != nullptr && std::ranges::any_of(files, [&](auto name) { return f->value.starts_with(name); });
}

bool known_flags::takes_hosts(std::string_view word) const {
    const auto* f = find(word);
    return f != nullptr && f->value.starts_with("HOST,");
}

std::vector<candidate> known_flags::starting_with(std::string_view prefix) const {
    std::vector<candidate> out;
    for (const auto& f : flags_) {
        // A short flag is typed as fast as it is completed.
        if (!f.name.starts_with("--") || !f.name.starts_with(prefix)) continue;
        if (std::ranges::none_of(out, [&](const auto& c) { return c.text == f.name; }))
            out.push_back({f.name, f.about});
    }
    return out;
}

std::vector<candidate> known_commands() {
    std::vector<candidate> out;
    inspect_options("", [&](const CLI::App& app) {
        for (const auto* sub : app.get_subcommands({})) out.push_back({sub->get_name(), sub->get_description()});
    });
    out.push_back({"help", "Examples of a command, and what errors mean"});
    return out;
}

} // namespace tug::cli

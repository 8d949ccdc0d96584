#include "metrics/exposition.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tug::service {

namespace {

void append_escaped(std::string& to, std::string_view text) {
    for (const char c : text) {
        if (c == '\\' || c == '"') to += '\\';
        if (c == '\n')
            to += "\\n";
        else
            to += c;
    }
}

} // namespace

void exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void exposition::sample(double value, labels of, std::string_view suffix) {
    text_.append(name_).append(suffix);
    char before = '{';
    for (const auto& [label, content] : of) {
        text_.append(1, before).append(label).append("=\"");
        append_escaped(text_, content);
        text_ += '"';
        before = ',';
    }
    if (before == ',') text_ += '}';
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

} // namespace tug::service

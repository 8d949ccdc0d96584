#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

/// Text in the exposition format of Prometheus, version 0.0.4. Families are written one after the other: family(), then
/// its samples. Not thread safe.
class exposition {
public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Begins a family: `type` is counter, gauge or histogram.
    void family(std::string_view name, std::string_view type, std::string_view help);

    /// A sample of the family; `suffix` is "_bucket" and the like, for histograms.
    void sample(double value, labels of = {}, std::string_view suffix = {});

    /// A family of one sample.
    void single(std::string_view name, std::string_view type, std::string_view help, double value) {
        family(name, type, help);
        sample(value);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string name_;
    std::string text_;
};

} // namespace tug::service

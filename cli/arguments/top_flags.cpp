#include "top_flags.hpp"

#include "option_set.hpp"

#include <cmath>

namespace tug::cli {

std::chrono::milliseconds top_flags::pause() const {
    return std::chrono::milliseconds(std::llround(delay * 1000));
}

void add_top(option_set& set, top_flags& to) {
    set.own_value("-n,--count", to.count, "so many tables, then end; also where standard output is no terminal (1)")
        ->type_name("NUMBER")
        ->transform(whole_number(1, 1'000'000'000));
    set.own_value("-d,--delay", to.delay, "between two tables (1)")
        ->type_name("SECONDS")
        ->transform(seconds(0.1, 3'600));
}

} // namespace tug::cli

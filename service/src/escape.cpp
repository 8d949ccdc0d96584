#include "escape.hpp"

#include <fmt/format.h>

namespace tug::service {

std::string harmless(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
        const bool c1 = json[i] == '\xc2' && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) < 0xa0;
        if (json[i] == 0x7f)
            out += "\\u007f";
        else if (c1)
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(json[++i]));
        else
            out += json[i];
    }
    return out;
}

} // namespace tug::service

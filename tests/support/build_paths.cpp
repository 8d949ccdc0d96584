#include "support/build_paths.hpp"

namespace tug::test {

std::string bin_dir() {
    return TUG_BIN_DIR;
}

std::string source_dir() {
    return TUG_SOURCE_DIR;
}

} // namespace tug::test

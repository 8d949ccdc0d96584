#pragma once

#include <unistd.h>

#include <string>
#include <vector>

namespace tug::test {

/// What stands before a program in argv so that it may listen at no low port, also where root runs the tests.
inline std::vector<std::string> without_low_ports() {
    if (::geteuid() != 0) return {};
    return {"/usr/bin/setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"};
}

} // namespace tug::test

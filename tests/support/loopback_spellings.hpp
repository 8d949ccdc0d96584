#pragma once

#include <string>
#include <vector>

namespace tug::test {

/// All that the C library takes for 127.0.0.1, and what the kernel takes for it.
inline const std::vector<std::string> loopback_spellings{"127.0.0.1",
                                                         "127.0.0.1.",
                                                         "127.1",
                                                         "127.0.1",
                                                         "2130706433",
                                                         "0x7f000001",
                                                         "0X7F000001",
                                                         "0x7f.1",
                                                         "0x7f.0.0.0x1",
                                                         "017700000001",
                                                         "0177.0.0.1",
                                                         "0177.0.0.01",
                                                         "::ffff:127.0.0.1",
                                                         "::FFFF:7F00:1",
                                                         "0:0:0:0:0:ffff:7f00:0001",
                                                         "0.0.0.0",
                                                         "0",
                                                         "0x0",
                                                         "00",
                                                         "0.0",
                                                         "::ffff:0.0.0.0"};

} // namespace tug::test

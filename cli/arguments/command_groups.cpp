#include "command_groups.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::string_view run = "Run";
constexpr std::string_view copy = "Copy";
constexpr std::string_view files = "Files of a host";
constexpr std::string_view jobs = "Jobs";
constexpr std::string_view hosts = "Hosts";
constexpr std::string_view others = "More";

constexpr std::array groups{
    std::pair{std::string_view("exec"), run},       std::pair{std::string_view("shell"), run},
    std::pair{std::string_view("run"), run},        std::pair{std::string_view("rsh"), run},
    std::pair{std::string_view("repl"), run},       std::pair{std::string_view("put"), copy},
    std::pair{std::string_view("get"), copy},       std::pair{std::string_view("cp"), copy},
    std::pair{std::string_view("sync"), copy},      std::pair{std::string_view("ls"), files},
    std::pair{std::string_view("stat"), files},     std::pair{std::string_view("mkdir"), files},
    std::pair{std::string_view("rm"), files},       std::pair{std::string_view("mv"), files},
    std::pair{std::string_view("ln"), files},       std::pair{std::string_view("chmod"), files},
    std::pair{std::string_view("df"), files},       std::pair{std::string_view("cat"), files},
    std::pair{std::string_view("du"), files},       std::pair{std::string_view("find"), files},
    std::pair{std::string_view("sum"), files},      std::pair{std::string_view("touch"), files},
    std::pair{std::string_view("watch"), files},    std::pair{std::string_view("edit"), files},
    std::pair{std::string_view("info"), hosts},     std::pair{std::string_view("top"), hosts},
    std::pair{std::string_view("ping"), hosts},     std::pair{std::string_view("hosts"), hosts},
    std::pair{std::string_view("doctor"), hosts},   std::pair{std::string_view("login"), hosts},
    std::pair{std::string_view("discover"), hosts}, std::pair{std::string_view("console"), hosts},
    std::pair{std::string_view("forward"), hosts},  std::pair{std::string_view("audit"), hosts},
    std::pair{std::string_view("queue"), jobs},
};

} // namespace

std::string_view group_of(std::string_view command) {
    if (command.starts_with("job-")) return jobs;
    const auto* const at = std::ranges::find_if(groups, [&](const auto& g) { return g.first == command; });
    return at == groups.end() ? others : at->second;
}

} // namespace tug::cli

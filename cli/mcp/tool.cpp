#include "tool.hpp"

namespace json = boost::json;

namespace tug::cli::mcp {

std::vector<const tool*> all_tools() {
    std::vector<const tool*> out;
    for (const auto group :
         {command_tools(), job_tools(), content_tools(), file_tools(), watch_tools(), transfer_tools()})
        for (const auto& t : group) out.push_back(&t);
    return out;
}

bool is_offered(const tool& t, const host& on, const local_paths& local) {
    return on.allows(t.need) && (!t.of_jobs || on.keeps_jobs()) && (!t.of_local || !local.empty());
}

json::object describe(const tool& t) {
    const json::object hints{{"readOnlyHint", t.what == tool::effect::reads},
                             {"destructiveHint", t.what == tool::effect::changes},
                             {"openWorldHint", t.need == "exec"}};
    return {{"name", t.name},
            {"description", t.description},
            {"inputSchema", schema_of(t.parameters)},
            {"annotations", hints}};
}

} // namespace tug::cli::mcp

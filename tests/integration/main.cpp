#define BOOST_TEST_MODULE tug_integration
#include <boost/test/unit_test.hpp>

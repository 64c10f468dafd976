// SetupError: a faulty configuration, found before anything is served. Dialogue's only exception.
#pragma once
#include "shared/base/setup_error.hpp"

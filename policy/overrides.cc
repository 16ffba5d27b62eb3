#include "policy/overrides.h"

#include "policy/settings.h"

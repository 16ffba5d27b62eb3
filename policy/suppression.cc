#include "policy/suppression.h"

std::string extra() { return "words"; }

def words(arguments):
    return arguments

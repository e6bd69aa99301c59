"""What frameworks need besides the hooks: scopes for requests and jobs, their names, and answers.

Each module imports its framework; none is imported unless you do.
"""

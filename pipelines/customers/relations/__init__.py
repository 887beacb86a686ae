"""Tables beside `customers`: what a customer has several of, written anew for whom a change affects."""

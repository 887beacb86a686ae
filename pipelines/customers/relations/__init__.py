"""Tables beside `customers`: what each customer has several of, written anew with the customers that a change affects."""

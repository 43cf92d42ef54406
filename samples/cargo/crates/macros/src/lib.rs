//! `#[derive(Columns)]`: the names and values of a struct's fields, in order.

use proc_macro::TokenStream;
use quote::quote;
use syn::{parse_macro_input, Data, DeriveInput, Fields};

#[proc_macro_derive(Columns)]
pub fn columns(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let Data::Struct(data) = &input.data else {
        return syn::Error::new_spanned(&input.ident, "only a struct has columns").to_compile_error().into();
    };
    let Fields::Named(fields) = &data.fields else {
        return syn::Error::new_spanned(&input.ident, "columns need names").to_compile_error().into();
    };
    let idents: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let names = idents.iter().map(|ident| ident.to_string());
    let (name, generics) = (&input.ident, &input.generics);
    let (impl_generics, type_generics, clause) = generics.split_for_impl();
    quote! {
        impl #impl_generics #name #type_generics #clause {
            pub const COLUMNS: &'static [&'static str] = &[#(#names),*];

            pub fn cells(&self) -> Vec<String> {
                vec![#(self.#idents.to_string()),*]
            }
        }
    }
    .into()
}
